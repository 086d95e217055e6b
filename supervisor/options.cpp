// SPDX-License-Identifier: MIT
#include "supervisor/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "supervisor/failure.h"
#include "supervisor/nearest.h"
#include "supervisor/option_table.h"

namespace latham::supervisor {
namespace {

[[noreturn]] void refuse(const std::string& line) {
  throw Failure(ExitCode::usage, line);
}

constexpr std::string_view kTry = "try: latham transcode -i in.mp4 out.mp4";

bool is_word(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto inner = [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  return !name.empty() && letter(name.front()) && std::all_of(name.begin(), name.end(), inner);
}

/// One walk over argv.
class Pass {
 public:
  explicit Pass(std::span<const std::string> args) : args_(args) {}

  Job run() {
    while (at_ < args_.size()) {
      const std::string& arg = args_[at_++];
      if (arg.starts_with("--")) {
        long_option(arg);
      } else if (arg.size() > 1 && arg.front() == '-') {
        short_option(arg);
      } else {
        name_output(arg);
      }
    }
    check();
    return std::move(state_.job);
  }

 private:
  /// The argument after an option. Any text will do, a leading dash too (-q:v -1), but not the name
  /// of another option: then the value was forgotten.
  std::string take_value(const std::string& option) {
    if (at_ == args_.size()) refuse(fmt::format("{} needs a value", option));
    const std::string& value = args_[at_];
    if (find_option(value) != nullptr)
      refuse(fmt::format("{} needs a value, but the option {} follows", option, value));
    ++at_;
    return value;
  }

  void apply(const Option& option, const std::string& as_written, const std::string& value) {
    if (option.side == Side::input && !before_input())
      refuse(fmt::format("{} is an option of the input; put it before -i", as_written));
    if (option.side == Side::output && before_input())
      refuse(fmt::format("{} is an option of the output; put it after -i INPUT", as_written));
    option.apply(state_, Given{as_written, value, before_input()});
  }

  void long_option(const std::string& arg) {
    const std::size_t equals = arg.find('=');
    const std::string name = arg.substr(0, equals);
    const Option* option = find_option(name);
    if (option == nullptr) {
      std::string_view guess = nearest(name, option_names("--"));
      if (guess.empty()) guess = nearest(name.substr(1), option_names("-"));
      refuse(fmt::format("unknown option {}{}; see latham transcode --help", name,
                         guess.empty() ? "" : fmt::format("; did you mean {}?", guess)));
    }
    if (equals != std::string::npos && !option->takes_value)
      refuse(fmt::format("{} takes no value", name));
    if (equals != std::string::npos) {
      apply(*option, name, arg.substr(equals + 1));
    } else {
      apply(*option, name, option->takes_value ? take_value(name) : "");
    }
  }

  void short_option(const std::string& arg) {
    if (const Option* option = find_option(arg)) {
      apply(*option, arg, option->takes_value ? take_value(arg) : "");
      return;
    }
    if (find_option("-" + arg) != nullptr)
      refuse(fmt::format("unknown option {}; did you mean -{}?", arg, arg));
    if (const auto reason = unsupported(arg)) refuse(fmt::format("{} {}", arg, *reason));
    av_option(arg);
  }

  void av_option(const std::string& arg) {
    const std::size_t colon = arg.find(':');
    const std::string name = arg.substr(1, colon == std::string::npos ? colon : colon - 1);
    const std::string specifier = colon == std::string::npos ? "" : arg.substr(colon);
    if (!is_word(name))
      refuse(fmt::format("'{}' is not an option; a file of that name is ./{}", arg, arg));
    if (specifier.starts_with(":s"))
      refuse(fmt::format("{}: subtitles can only be copied for now, so they take no options", arg));
    const bool sound = specifier == ":a" && !before_input();
    if (!sound && !specifier.empty() && specifier != ":v" && specifier != ":V" &&
        specifier != ":v:0")
      refuse(fmt::format("{}: only the stream specifiers :v and :a are known", arg));
    AvOptions& options = before_input() ? state_.job.decoder_options : state_.job.encoder_options;
    std::string value = take_value(arg);
    options.emplace_back(sound ? name + ":a" : name, std::move(value));
  }

  void name_output(const std::string& name) {
    Job& job = state_.job;
    if (name.empty()) refuse("an empty file name; a variable in your script may be unset");
    if (before_input()) refuse(fmt::format("'{}' stands before the input; {}", name, kTry));
    if (!job.output.empty())
      refuse(fmt::format("more than one output file: '{}' and '{}'; only one is possible for now",
                         job.output, name));
    job.output = name;
  }

  void check() {
    Job& job = state_.job;
    if (job.input.empty()) refuse(fmt::format("no input file given; {}", kTry));
    if (job.output.empty()) refuse(fmt::format("no output file given; {}", kTry));
    if (job.view && job.transport == Transport::pipe)
      refuse(
          "--view needs --transport shm: a window looks into shared memory, and what goes through "
          "a pipe has one reader");
    if (job.overwrite && job.keep_existing)
      refuse("-y and -n contradict each other; give one of them");
    if (state_.copy_all && job.video_codec.empty())
      refuse(
          "-c copy: video is always encoded here; add -c:v, for example -c:v libx264, or use "
          "ffmpeg");
  }

  [[nodiscard]] bool before_input() const { return state_.job.input.empty(); }

  std::span<const std::string> args_;
  std::size_t at_ = 0;
  ParseState state_;
};

}  // namespace

bool wants_help(std::span<const std::string> args) {
  return std::any_of(args.begin(), args.end(), [](const std::string& arg) {
    return arg == "-h" || arg == "-help" || arg == "--help";
  });
}

Job parse_transcode(std::span<const std::string> args) {
  return Pass(args).run();
}

}  // namespace latham::supervisor
