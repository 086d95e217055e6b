// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>

#include "supervisor/option_table.h"
#include "supervisor/report.h"
#include "system/number.h"

namespace latham::supervisor {
namespace {

double seconds(const Given& given) {
  const auto number = parse_number<double>(given.value);
  if (!number || !std::isfinite(*number) || *number < 0 || *number > 1e6)
    refuse_value(given, "a number of seconds");
  return *number;
}

void transport(Globals& o, const Given& g) {
  for (const Transport transport : {Transport::shm, Transport::pipe}) {
    if (g.value != word(transport)) continue;
    o.transport = transport;
    return;
  }
  refuse_value(g, "shm or pipe");
}

void slots(Globals& o, const Given& g) {
  o.slots = static_cast<std::uint32_t>(whole_number(g, 8, 128, "a number of frames from 8 to 128"));
}

void stage_retries(Globals& o, const Given& g) {
  o.stage_retries =
      static_cast<std::uint32_t>(whole_number(g, 0, 1000, "a number of tries from 0 to 1000"));
}

void segment_seconds(Globals& o, const Given& g) {
  const double length_s = seconds(g);
  if (length_s < 0.1) refuse_value(g, "a number of seconds from 0.1");
  o.segment_s = length_s;
}

void loglevel(Globals& o, const Given& g) {
  o.loglevel = level_number(g.value);
  if (!o.loglevel) refuse_value(g, kLogLevels);
}

void log_format(Globals& o, const Given& g) {
  if (g.value != "text" && g.value != "json") refuse_value(g, "text or json");
  o.log_format = g.value == "json" ? LogFormat::json : LogFormat::text;
}

void progress(Globals& o, const Given& g) {
  if (g.value.empty()) refuse_value(g, "a file, -, pipe:N, unix:PATH or tcp://HOST:PORT");
  o.progress_target = g.value;
}

void stats_period(Globals& o, const Given& g) {
  const double s = seconds(g);
  if (s <= 0) refuse_value(g, "a number of seconds above 0");
  // The stages report four times a second.
  o.stats_period = std::chrono::milliseconds(std::max<std::int64_t>(std::llround(s * 1000), 10));
}

void nothing(Globals&, const Given&) {}

constexpr GlobalOption kOptions[] = {
    {"-y", false, [](Globals& o, const Given&) { o.overwrite = true; }},
    {"-n", false, [](Globals& o, const Given&) { o.keep_existing = true; }},
    {"-loglevel", true, loglevel},
    {"-v", true, loglevel},
    {"-xerror", false, [](Globals& o, const Given&) { o.stop_on_error = true; }},
    {"-stats", false, [](Globals& o, const Given&) { o.show_progress = o.always_progress = true; }},
    {"-nostats", false, [](Globals& o, const Given&) { o.show_progress = false; }},
    {"-progress", true, progress},
    {"-stats_period", true, stats_period},
    {"-copyts", false, [](Globals& o, const Given&) { o.keep_timestamps = true; }},
    {"-start_at_zero", false, [](Globals& o, const Given&) { o.start_at_zero = true; }},
    // What they ask for is so anyway, or nothing of the kind is here.
    {"-hide_banner", false, nothing},
    {"-nostdin", false, nothing},
    {"-stdin", false, nothing},
    {"-benchmark", false, nothing},
    {"-accurate_seek", false, nothing},
    {"-autorotate", false, nothing},
    {"-ignore_unknown", false, nothing},
    {"-filter_threads", true, nothing},
    {"-thread_queue_size", true, nothing},
    {"-max_muxing_queue_size", true, nothing},
    {"-muxing_queue_data_threshold", true, nothing},
    {"--log-format", true, log_format},
    {"--transport", true, transport},
    {"--slots", true, slots},
    {"--no-hdr10", false, [](Globals& o, const Given&) { o.hdr10 = false; }},
    {"--verify", false, [](Globals& o, const Given&) { o.verify = true; }},
    {"--view", false, [](Globals& o, const Given&) { o.view = true; }},
    {"--view-keep", false, [](Globals& o, const Given&) { o.view = o.keep_view = true; }},
    {"--resumable", false, [](Globals& o, const Given&) { o.resumable = true; }},
    {"--segment-seconds", true, segment_seconds},
    {"--stage-retries", true, stage_retries},
    {"--skip-bad", false, [](Globals& o, const Given&) { o.skip_bad = true; }},
    {"--stage-timeout", true, [](Globals& o, const Given& g) { o.stage_timeout_s = seconds(g); }},
    // Answered before the arguments are read; here for the nearest name.
    {"--help", false, nothing},
};

}  // namespace

std::span<const GlobalOption> global_options() {
  return kOptions;
}

}  // namespace latham::supervisor
