// SPDX-License-Identifier: MIT
#include "bench/commands.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <span>

#include "bench/latency_bench.h"
#include "bench/preview_bench.h"
#include "bench/scaling_bench.h"
#include "bench/side_process.h"
#include "bench/transcode_bench.h"
#include "bench/transcode_report.h"
#include "bench/transport_bench.h"

namespace latham::bench {
namespace {

/// What the command line says, as text.
struct Given {
  std::vector<std::string> sizes;
  std::vector<std::string> transports;
  std::vector<std::uint32_t> bits = {8};
  OutputOptions output;

  [[nodiscard]] std::vector<FrameSize> parsed_sizes() const {
    std::vector<FrameSize> parsed;
    for (const std::string& size : sizes)
      for (const std::uint32_t depth : bits) parsed.push_back(parse_size(size, depth));
    return parsed;
  }
  [[nodiscard]] std::vector<Transport> parsed_transports() const {
    std::vector<Transport> parsed;
    for (const std::string& name : transports) parsed.push_back(parse_transport(name));
    return parsed;
  }
};

void add_output(CLI::App& app, Given& given) {
  app.add_option("--json", given.output.json, "Write JSON to a file, - for standard output");
  app.add_option("--report", given.output.report,
                 "Write the table as Markdown, and plots, into a folder");
}

void add_edges(CLI::App& app, Given& given) {
  app.add_option("--size", given.sizes, "Frame sizes: 480p 720p 1080p 4k 8k, or like 1920x1080")
      ->delimiter(',')
      ->capture_default_str();
  app.add_option("--bits", given.bits, "Bits of a sample: 8, 10 or 8,10")
      ->delimiter(',')
      ->capture_default_str();
  app.add_option("--transport", given.transports, "Of shm,pipe,fifo,socket,mq,thread")
      ->delimiter(',')
      ->capture_default_str();
  add_output(app, given);
}

void add_rounds(CLI::App& app, int& rounds) {
  app.add_option("--rounds", rounds, "Runs of each row")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
}

void add_seconds(CLI::App& app, double& seconds) {
  app.add_option("--seconds", seconds, "Measured time of one run")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
}

template <class T>
void add_list(CLI::App& app, const char* name, std::vector<T>& list, const char* what) {
  app.add_option(name, list, what)->delimiter(',')->capture_default_str();
}

struct Cli {
  const std::vector<std::string> all = {"shm", "pipe", "fifo", "socket", "mq", "thread"};
  Given stream{{"1080p", "4k"}, all, {8}, {}};
  Given latency{{"64x64"}, all, {8}, {}};
  Given scaling{{"720p"}, all, {8}, {}};
  Given job;
  TransportOptions transport_options;
  LatencyOptions latency_options;
  std::vector<std::string> waits = {"asleep", "spinning"};
  ScalingOptions scaling_options;
  TranscodeOptions transcode_options;
  Given preview;
  PreviewOptions preview_options;
  std::vector<std::string> job_options;
  std::vector<std::string> rungs;
  bool is_ladder = false;
  CLI::App app{"Measures how fast frames travel.", "latham bench"};
  CLI::App* transport_command =
      app.add_subcommand("transport", "Frames per second over each transport");
  CLI::App* latency_command =
      app.add_subcommand("latency", "Time from publish to the consumer's hands");
  CLI::App* scaling_command =
      app.add_subcommand("scaling", "Many consumers of one ring, many pipelines side by side");
  CLI::App* transcode_command = app.add_subcommand(
      "transcode", "The same job by latham and ffmpeg: FILE [OPTIONS] -- OUTPUT OPTIONS");
  CLI::App* preview_command = app.add_subcommand(
      "preview", "A job with no viewer, one, a stopped one: FILE [OPTIONS] -- OUTPUT OPTIONS");

  Cli() {
    app.require_subcommand(1);
    add_edges(*transport_command, stream);
    add_seconds(*transport_command, transport_options.seconds);
    add_rounds(*transport_command, transport_options.rounds);
    transport_command->add_flag("--syscalls", transport_options.system_calls,
                                "Count system calls in runs of their own");
    transport_command->add_option("--corrupt", transport_options.corrupt,
                                  "Damage this frame, to see that the check finds it");

    latency_options.consumers = {1};
    add_edges(*latency_command, latency);
    latency_command->add_option("--frames", latency_options.frames, "Frames of one run")
        ->capture_default_str()
        ->check(CLI::PositiveNumber);
    add_rounds(*latency_command, latency_options.rounds);
    add_list(*latency_command, "--wait", waits, "How consumers wait: asleep,spinning");
    add_list(*latency_command, "--consumers", latency_options.consumers, "Of one ring (shm)");

    scaling_options.consumers = {1, 2, 4, 8, 16};
    scaling_options.pipelines = {1, 2, 4, 8, 16, 32, 64};
    add_edges(*scaling_command, scaling);
    add_seconds(*scaling_command, scaling_options.seconds);
    add_rounds(*scaling_command, scaling_options.rounds);
    add_list(*scaling_command, "--consumers", scaling_options.consumers, "Of one ring (shm)");
    add_list(*scaling_command, "--pipelines", scaling_options.pipelines, "Side by side");

    transcode_command->add_option("FILE", transcode_options.input, "What to transcode")->required();
    transcode_command->add_flag("--ladder", is_ladder,
                                "All of the ladder, from decoding alone to slow encoders");
    add_list(*transcode_command, "--rungs", rungs, "Some of the ladder, by name");
    add_rounds(*transcode_command, transcode_options.rounds);
    add_output(*transcode_command, job);

    preview_command->add_option("FILE", preview_options.input, "What to transcode")->required();
    add_rounds(*preview_command, preview_options.rounds);
    add_seconds(*preview_command, preview_options.seconds);
    add_output(*preview_command, preview);
  }
};

int run_transport(Cli& cli) {
  cli.transport_options.sizes = cli.stream.parsed_sizes();
  cli.transport_options.transports = cli.stream.parsed_transports();
  const auto rows = measure_transports(cli.transport_options);
  publish(cli.stream.output, "transport", transport_table(rows), transport_json(rows),
          transport_plots(rows));
  return 0;
}

int run_latency(Cli& cli) {
  cli.latency_options.sizes = cli.latency.parsed_sizes();
  cli.latency_options.transports = cli.latency.parsed_transports();
  for (const std::string& wait : cli.waits) {
    if (wait != "asleep" && wait != "spinning")
      throw std::invalid_argument(
          fmt::format("unknown wait '{}'; there are: asleep, spinning", wait));
    cli.latency_options.spin.push_back(wait == "spinning");
  }
  const auto rows = measure_latency(cli.latency_options);
  publish(cli.latency.output, "latency", latency_table(rows), latency_json(rows),
          latency_plots(rows));
  return 0;
}

int run_scaling(Cli& cli) {
  if (cli.scaling.sizes.size() != 1 || cli.scaling.bits.size() != 1)
    throw std::invalid_argument("scaling: give one size");
  cli.scaling_options.size = cli.scaling.parsed_sizes().front();
  cli.scaling_options.transports = cli.scaling.parsed_transports();
  const auto rows = measure_scaling(cli.scaling_options);
  publish(cli.scaling.output, "scaling", scaling_table(rows, cli.scaling_options.size),
          scaling_json(rows, cli.scaling_options.size), scaling_plots(rows));
  return 0;
}

int run_transcode(Cli& cli) {
  if (cli.is_ladder || !cli.rungs.empty()) {
    cli.transcode_options.rungs = rungs_named(cli.rungs);
  } else {
    if (cli.job_options.empty()) cli.job_options = {"-c:v", "libx264", "-preset", "ultrafast"};
    cli.transcode_options.rungs = {{"job", cli.job_options, false}};
  }
  const auto rows = measure_transcode(cli.transcode_options);
  Table table = transcode_table(rows);
  nlohmann::json document = transcode_json(rows);
  for (const Rung& rung : cli.transcode_options.rungs) {
    document["options"][rung.name] = rung.options;
    table.notes.push_back(fmt::format("{}: {}{}", rung.name, fmt::join(rung.options, " "),
                                      rung.writes_nothing ? " -f null -" : ""));
  }
  publish(cli.job.output, "transcode", table, document, transcode_plots(rows));
  if (!has_mismatch(rows)) return 0;
  fmt::print(stderr, "latham bench: the packets differ from ffmpeg's\n");
  return 5;
}

int run_preview(Cli& cli) {
  // An encoder whose output is the same in every run, with threads and under load too.
  cli.preview_options.options =
      cli.job_options.empty() ? std::vector<std::string>{"-c:v", "mpeg4"} : cli.job_options;
  const auto rows = measure_preview(cli.preview_options);
  nlohmann::json document = preview_json(rows);
  document["options"] = cli.preview_options.options;
  publish(cli.preview.output, "preview", preview_table(rows), document, {});
  return has_mismatch(rows) ? 5 : 0;
}

int run(Cli& cli) {
  if (*cli.transport_command) return run_transport(cli);
  if (*cli.latency_command) return run_latency(cli);
  if (*cli.scaling_command) return run_scaling(cli);
  if (*cli.preview_command) return run_preview(cli);
  return run_transcode(cli);
}

}  // namespace

int run_command(std::vector<std::string> args) {
  if (!args.empty() && args.front() == "side") return run_side(std::span(args).subspan(1));
  Cli cli;
  // The job's options are ffmpeg's, not ours.
  if (const auto dashes = std::find(args.begin(), args.end(), "--"); dashes != args.end()) {
    cli.job_options.assign(dashes + 1, args.end());
    args.erase(dashes, args.end());
  }
  try {
    std::reverse(args.begin(), args.end());  // as CLI11 wants it
    cli.app.parse(args);
  } catch (const CLI::ParseError& error) {
    return cli.app.exit(error) == 0 ? 0 : 2;
  }
  try {
    return run(cli);
  } catch (const std::invalid_argument& error) {
    fmt::print(stderr, "latham bench: {}\n", error.what());
    return 2;
  } catch (const WrongFrame& error) {
    fmt::print(stderr, "latham bench: {}\n", error.what());
    return 5;
  }
}

}  // namespace latham::bench
