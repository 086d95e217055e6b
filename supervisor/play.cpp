// SPDX-License-Identifier: MIT
#include "supervisor/play.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "supervisor/failure.h"
#include "supervisor/input_file.h"
#include "supervisor/linking.h"
#include "supervisor/pipeline.h"
#include "supervisor/progress_feed.h"
#include "supervisor/report.h"
#include "supervisor/signals.h"
#include "supervisor/stream_tables.h"
#include "supervisor/watch.h"

namespace latham::supervisor {
namespace {

/// "90", "1:30.5", "0:01:30": microseconds.
std::int64_t time_us(const std::string& text) {
  double seconds = 0;
  const char* at = text.data();
  const char* const last = at + text.size();
  for (int parts = 1;; ++parts) {
    double part = 0;
    const auto [end, error] = std::from_chars(at, last, part);
    const bool good = error == std::errc{} && std::isfinite(part) && part >= 0 && part < 1e7;
    seconds = seconds * 60 + part;
    if (good && end == last) break;
    if (!good || *end != ':' || parts == 3)
      throw Failure(ExitCode::usage,
                    fmt::format("view: -ss '{}': must be a time, like 90 or 0:01:30", text));
    at = end + 1;
  }
  return static_cast<std::int64_t>(seconds * 1e6);
}

StagePlan plan_playing_decoder(const ViewOptions& options) {
  StagePlan plan{"decoder", "decoder", {"--play"}};
  if (options.loglevel)
    plan.argv.insert(plan.argv.end(), {"-loglevel", std::to_string(*options.loglevel)});
  if (!options.input_format.empty())
    plan.argv.insert(plan.argv.end(), {"-f", options.input_format});
  if (options.no_audio) plan.argv.emplace_back("-an");
  if (options.no_subtitles) plan.argv.emplace_back("-sn");
  plan.argv.insert(plan.argv.end(), {"-i", options.file});
  return plan;
}

StagePlan plan_playing_viewer(const ViewOptions& options, std::int64_t start_us,
                              std::optional<std::int64_t> duration_us) {
  StagePlan plan = plan_viewer(options.file, options.loglevel, duration_us);
  plan.argv.emplace_back("--play");
  if (options.loop) plan.argv.emplace_back("--loop");
  if (start_us > 0) plan.argv.insert(plan.argv.end(), {"--start-us", std::to_string(start_us)});
  return plan;
}

}  // namespace

int play_file(const ViewOptions& options, const std::string& folder, std::FILE* out) {
  const std::int64_t start_us = options.start.empty() ? 0 : time_us(options.start);
  Input input{options.file, {}};
  if (!options.input_format.empty()) input.options.push_back({"f", options.input_format});
  const UniqueFd fd = open_input(input);
  Job job;
  job.inputs.push_back(input);
  job.globals.loglevel = options.loglevel;
  job.globals.show_progress = false;
  const auto report = Report::make(out, job.globals);
  ProgressFeed progress(*report, job.globals);
  SignalWatch signals;
  Watch watch(signals, *report, progress,
              {.limited = true, .input = options.file, .output = "the window", .plays = true});
  watch.set_remains("nothing is left of it");

  UniqueFd table = create_table();
  std::vector<int> fds = {table.get()};
  if (fd) fds.push_back(fd.get());
  const Stage& decoder = watch.start(plan_playing_decoder(options), folder, fds, 0);
  watch.until([&] { return !decoder.ready_line.word.empty(); });
  const DecoderFacts facts = decoder_facts(decoder.ready_line);
  Stage& viewer =
      watch.start(plan_playing_viewer(options, start_us, facts.duration_us), folder, {}, 1);
  table = seal_table(std::move(table));
  const std::array table_fd = {table.get()};
  viewer.link({"table", {{"input", "0"}}, {}}, table_fd);
  watch.until([&] { return !viewer.ready_line.word.empty(); });

  Pipeline pipeline;
  pipeline.stages.resize(2);
  const int video = static_cast<int>(decoder.ready_line.number("video").value_or(0));
  pipeline.edges = {{1, 0, video, {{1, 0, Policy::lossless}}, {}, {}}};
  pipeline.packets = {{0, 1, 0, {}, {}}};
  Links links;
  (void)join_stages(watch, pipeline, job, {}, links);
  for (const std::size_t stage : {std::size_t{1}, std::size_t{0}})
    watch.start_frames(watch.stage(stage));
  watch.begin();
  watch.run();
  return static_cast<int>(ExitCode::done);
}

}  // namespace latham::supervisor
