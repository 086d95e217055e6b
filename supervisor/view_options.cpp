// SPDX-License-Identifier: MIT
#include "supervisor/view_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "supervisor/failure.h"
#include "supervisor/report.h"
#include "system/nearest.h"
#include "system/number.h"

namespace latham::supervisor {
namespace {

[[noreturn]] void refuse(const std::string& line) {
  throw Failure(ExitCode::usage, "view: " + line);
}

void loglevel(ViewOptions& options, const std::string& value) {
  options.loglevel = level_number(value);
  if (!options.loglevel) refuse(fmt::format("-loglevel '{}': must be {}", value, kLogLevels));
}
void input_format(ViewOptions& options, const std::string& value) {
  options.input_format = value;
}
void start(ViewOptions& options, const std::string& value) {
  options.start = value;
}

struct WithValue {
  std::string_view name;
  void (*set)(ViewOptions& options, const std::string& value);
};
constexpr WithValue kWithValue[] = {
    {"-loglevel", loglevel}, {"-v", loglevel}, {"-f", input_format}, {"-ss", start}};

struct Flag {
  std::string_view name;
  bool ViewOptions::*value;
};
constexpr Flag kFlags[] = {{"--loop", &ViewOptions::loop},
                           {"-an", &ViewOptions::no_audio},
                           {"-sn", &ViewOptions::no_subtitles}};

[[noreturn]] void refuse_unknown(std::string_view option) {
  std::vector<std::string_view> names;
  for (const WithValue& each : kWithValue) names.push_back(each.name);
  for (const Flag& flag : kFlags) names.push_back(flag.name);
  const std::string_view guess = nearest(option, names);
  refuse(fmt::format("unknown option {}; {}", option,
                     guess.empty() ? std::string("see latham view --help")
                                   : fmt::format("did you mean {}?", guess)));
}

/// What is to be seen: a session by its number, or a file.
void name(ViewOptions& options, const std::string& arg) {
  if (options.session || !options.file.empty())
    refuse(fmt::format("one session or file at a time, but also got '{}'", arg));
  if (arg.empty()) refuse("an empty name; a variable in your script may be unset");
  if (const auto number = parse_number<pid_t>(arg); number && *number > 0)
    options.session = *number;
  else
    options.file = arg;
}

}  // namespace

ViewOptions parse_view(std::span<const std::string> args) {
  ViewOptions options;
  for (std::size_t at = 0; at < args.size(); ++at) {
    const std::string& arg = args[at];
    const auto is_it = [&](const auto& option) { return option.name == arg; };
    const auto* const with_value =
        std::find_if(std::begin(kWithValue), std::end(kWithValue), is_it);
    const auto* const flag = std::find_if(std::begin(kFlags), std::end(kFlags), is_it);
    if (with_value != std::end(kWithValue)) {
      if (++at == args.size()) refuse(fmt::format("{} needs a value", arg));
      with_value->set(options, args[at]);
    } else if (flag != std::end(kFlags)) {
      options.*(flag->value) = true;
    } else if (arg == "-i") {
      continue;  // as for the other commands: the name follows
    } else if (arg.size() > 1 && arg.front() == '-') {
      refuse_unknown(arg);
    } else {
      name(options, arg);
    }
  }
  return options;
}

}  // namespace latham::supervisor
