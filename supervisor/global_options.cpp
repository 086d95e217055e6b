// SPDX-License-Identifier: MIT
#include <array>
#include <charconv>
#include <cmath>

#include "supervisor/option_table.h"

namespace latham::supervisor {
namespace {

double seconds(const Given& given) {
  double number = 0;
  const char* end = given.value.data() + given.value.size();
  const auto [stop, error] = std::from_chars(given.value.data(), end, number);
  if (error != std::errc{} || stop != end || !std::isfinite(number) || number < 0 || number > 1e6)
    refuse_value(given, "a number of seconds, 0 for no limit");
  return number;
}

void transport(Globals& o, const Given& g) {
  if (g.value == "shm") {
    o.transport = Transport::shm;
  } else if (g.value == "pipe") {
    o.transport = Transport::pipe;
  } else {
    refuse_value(g, "shm or pipe");
  }
}

void slots(Globals& o, const Given& g) {
  o.slots = static_cast<std::uint32_t>(whole_number(g, 8, 128, "a number of frames from 8 to 128"));
}

void loglevel(Globals& o, const Given& g) {
  o.loglevel = g.value;
}

void nothing(Globals&, const Given&) {}

constexpr GlobalOption kOptions[] = {
    {"-y", false, [](Globals& o, const Given&) { o.overwrite = true; }},
    {"-n", false, [](Globals& o, const Given&) { o.keep_existing = true; }},
    {"-loglevel", true, loglevel},
    {"-v", true, loglevel},
    {"-xerror", false, [](Globals& o, const Given&) { o.stop_on_error = true; }},
    {"-stats", false, [](Globals& o, const Given&) { o.show_progress = true; }},
    {"-nostats", false, [](Globals& o, const Given&) { o.show_progress = false; }},
    {"-hide_banner", false, nothing},
    {"-nostdin", false, nothing},
    {"--transport", true, transport},
    {"--slots", true, slots},
    {"--view", false, [](Globals& o, const Given&) { o.view = true; }},
    {"--view-keep", false, [](Globals& o, const Given&) { o.view = o.keep_view = true; }},
    {"--stage-timeout", true, [](Globals& o, const Given& g) { o.stage_timeout_s = seconds(g); }},
    // Answered before the arguments are read; here for the nearest name.
    {"--help", false, nothing},
};

}  // namespace

std::span<const GlobalOption> global_options() {
  return kOptions;
}

}  // namespace latham::supervisor
