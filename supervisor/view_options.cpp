// SPDX-License-Identifier: MIT
#include "supervisor/view_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <vector>

#include "supervisor/failure.h"
#include "system/nearest.h"

namespace latham::supervisor {
namespace {

[[noreturn]] void refuse(const std::string& line) {
  throw Failure(ExitCode::usage, "view: " + line);
}

struct Text {
  std::string_view name;
  std::string ViewOptions::*value;
};
constexpr Text kTexts[] = {{"-loglevel", &ViewOptions::loglevel},
                           {"-v", &ViewOptions::loglevel},
                           {"-f", &ViewOptions::input_format},
                           {"-ss", &ViewOptions::start}};

struct Flag {
  std::string_view name;
  bool ViewOptions::*value;
};
constexpr Flag kFlags[] = {{"--loop", &ViewOptions::loop},
                           {"-an", &ViewOptions::no_audio},
                           {"-sn", &ViewOptions::no_subtitles}};

[[noreturn]] void refuse_unknown(std::string_view option) {
  std::vector<std::string_view> names;
  for (const Text& text : kTexts) names.push_back(text.name);
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
  pid_t number = 0;
  const char* const last = arg.data() + arg.size();
  const auto [end, error] = std::from_chars(arg.data(), last, number);
  if (error == std::errc{} && end == last && number > 0)
    options.session = number;
  else
    options.file = arg;
}

}  // namespace

ViewOptions parse_view(std::span<const std::string> args) {
  ViewOptions options;
  for (std::size_t at = 0; at < args.size(); ++at) {
    const std::string& arg = args[at];
    const auto is_it = [&](const auto& option) { return option.name == arg; };
    const auto* const text = std::find_if(std::begin(kTexts), std::end(kTexts), is_it);
    const auto* const flag = std::find_if(std::begin(kFlags), std::end(kFlags), is_it);
    if (text != std::end(kTexts)) {
      if (++at == args.size()) refuse(fmt::format("{} needs a value", arg));
      options.*(text->value) = args[at];
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
