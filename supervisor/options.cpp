// SPDX-License-Identifier: MIT
#include "supervisor/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "supervisor/failure.h"
#include "supervisor/inherited.h"
#include "supervisor/option_table.h"
#include "system/nearest.h"

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

/// An option that waits for the name of its file.
struct Waiting {
  Given given;
  const FileOptionRow* row = nullptr;  ///< nullptr: an option of a codec or a container.
  std::string specifier;               ///< With its colon.
  bool before_input = false;           ///< A codec that an input has got already.
};

FileOption handed_on(const Waiting& option, std::string_view name) {
  FileOption handed{std::string(name) + option.specifier, option.given.value};
  if (option.row == nullptr) return handed;
  if (!option.row->takes_value) handed.value.reset();
  if (option.row->read != nullptr) handed.value = option.row->read(option.given);
  return handed;
}

std::string av_name(const Waiting& option) {
  const std::size_t colon = option.given.name.find(':');
  return option.given.name.substr(1, colon == std::string::npos ? colon : colon - 1);
}

bool writes_standard_output(const Job& job) {
  return std::any_of(job.outputs.begin(), job.outputs.end(),
                     [](const Output& output) { return is_standard_output(output.name); });
}

/// One walk over argv.
class Pass {
 public:
  explicit Pass(std::span<const std::string> args) : args_(args) {}

  Job run() {
    while (at_ < args_.size()) {
      const std::string& arg = args_[at_++];
      if (arg == "-i") {
        name_input(take_value(arg));
      } else if (arg.starts_with("--")) {
        long_option(arg);
      } else if (arg.size() > 1 && arg.front() == '-') {
        short_option(arg);
      } else {
        name_output(arg);
      }
    }
    check();
    place_rest();
    return std::move(job_);
  }

 private:
  /// The argument after an option. Any text will do, a leading dash too (-q:v -1), but not the name
  /// of another option: then the value was forgotten.
  std::string take_value(const std::string& option) {
    if (at_ == args_.size()) refuse(fmt::format("{} needs a value", option));
    const std::string& value = args_[at_];
    if (find_global(value) != nullptr || find_file_option(value) || value == "-i")
      refuse(fmt::format("{} needs a value, but the option {} follows", option, value));
    ++at_;
    return value;
  }

  void long_option(const std::string& arg) {
    const std::size_t equals = arg.find('=');
    const std::string name = arg.substr(0, equals);
    const GlobalOption* option = find_global(name);
    if (option == nullptr) {
      std::string_view guess = nearest(name, option_names("--"));
      if (guess.empty()) guess = nearest(name.substr(1), option_names("-"));
      refuse(fmt::format("unknown option {}{}; see latham transcode --help", name,
                         guess.empty() ? "" : fmt::format("; did you mean {}?", guess)));
    }
    if (equals != std::string::npos && !option->takes_value)
      refuse(fmt::format("{} takes no value", name));
    if (equals != std::string::npos) {
      option->apply(job_.globals, {name, arg.substr(equals + 1)});
    } else {
      option->apply(job_.globals, {name, option->takes_value ? take_value(name) : ""});
    }
  }

  void short_option(const std::string& arg) {
    if (const GlobalOption* option = find_global(arg)) {
      option->apply(job_.globals, {arg, option->takes_value ? take_value(arg) : ""});
    } else if (const auto found = find_file_option(arg)) {
      waiting_.push_back({{arg, found->row->takes_value ? take_value(arg) : ""},
                          found->row,
                          std::string(found->specifier)});
    } else if (arg == "-bitexact") {
      for (const char* name : {"-flags", "-fflags"})
        waiting_.push_back({{name, "+bitexact"}, nullptr, "", false});
    } else {
      if (find_global("-" + arg) != nullptr)
        refuse(fmt::format("unknown option {}; did you mean -{}?", arg, arg));
      if (const auto reason = unsupported(arg)) refuse(fmt::format("{} {}", arg, *reason));
      av_option(arg);
    }
  }

  void av_option(const std::string& arg) {
    const std::size_t colon = arg.find(':');
    Waiting option{{arg, {}}, nullptr, colon == std::string::npos ? "" : arg.substr(colon)};
    if (!is_word(av_name(option)))
      refuse(fmt::format("'{}' is not an option; a file of that name is ./{}", arg, arg));
    option.given.value = take_value(arg);
    waiting_.push_back(std::move(option));
  }

  static void require_name(const std::string& name) {
    if (name.empty()) refuse("an empty file name; a variable in your script may be unset");
  }

  /// An option for an output only has no meaning yet: it waits for the next one.
  void name_input(const std::string& name) {
    require_name(name);
    Input input{name == "pipe:" || name == "pipe:0" ? "-" : name, {}};
    std::vector<Waiting> for_output;
    for (Waiting& option : waiting_) {
      if (option.row == nullptr) {
        input.options.push_back(handed_on(option, av_name(option)));
        continue;
      }
      if (!option.row->of_input.empty())
        input.options.push_back(handed_on(option, option.row->of_input));
      // A codec before -i is a decoder, as in ffmpeg, or else an encoder out of its place: stages know which.
      const bool is_codec = option.row->of_output == "c" || option.row->of_output.starts_with("c:");
      if (!option.row->of_input.empty() && !is_codec) continue;
      option.before_input = is_codec;
      for_output.push_back(std::move(option));
    }
    waiting_ = std::move(for_output);
    job_.inputs.push_back(std::move(input));
  }

  void name_output(const std::string& name) {
    require_name(name);
    if (job_.inputs.empty()) refuse(fmt::format("'{}' stands before the input; {}", name, kTry));
    job_.outputs.push_back({is_standard_output(name) ? "-" : name, {}});
    give_to(job_.outputs.back());
  }

  void give_to(Output& output) {
    for (const Waiting& option : waiting_) {
      if (option.row == nullptr) {
        output.options.push_back(handed_on(option, av_name(option)));
      } else if (option.before_input) {
        output.options.push_back(
            handed_on(option, fmt::format("-unless-decoder-{}", option.row->of_output)));
      } else if (!option.row->of_output.empty()) {
        output.options.push_back(handed_on(option, option.row->of_output));
      } else if (job_.inputs.size() == 1) {
        job_.inputs.front().options.push_back(handed_on(option, option.row->of_input));
      } else {
        refuse(fmt::format("{} is an option of an input; put it before the -i that it is for",
                           option.given.name));
      }
    }
    waiting_.clear();
  }

  /// What stands behind the last file can only mean the one output.
  void place_rest() {
    if (waiting_.empty()) return;
    if (job_.outputs.size() > 1)
      refuse(fmt::format("{} stands behind the last output; put it before the one that it is for",
                         waiting_.front().given.name));
    give_to(job_.outputs.front());
  }

  void check() const {
    const Globals& globals = job_.globals;
    if (job_.inputs.empty()) refuse(fmt::format("no input file given; {}", kTry));
    if (job_.outputs.empty()) refuse(fmt::format("no output file given; {}", kTry));
    if (globals.view && globals.transport == Transport::pipe)
      refuse(
          "--view needs --transport shm: a window looks into shared memory, and what goes through "
          "a pipe has one reader");
    if (!globals.resumable && globals.segment_s)
      refuse("--segment-seconds is for --resumable; add it");
    const bool data = writes_standard_output(job_);
    if (is_standard_output(globals.progress_target) &&
        (data || globals.log_format == LogFormat::json))
      refuse(
          fmt::format("-progress {}: standard output is taken by {}; write the progress to a "
                      "file or to pipe:N",
                      globals.progress_target, data ? "the output" : "--log-format json"));
    if (globals.overwrite && globals.keep_existing)
      refuse("-y and -n contradict each other; give one of them");
  }

  std::span<const std::string> args_;
  std::size_t at_ = 0;
  Job job_;
  std::vector<Waiting> waiting_;
};

}  // namespace

bool is_help(std::string_view arg) {
  return arg == "-h" || arg == "-help" || arg == "--help";
}

bool wants_help(std::span<const std::string> args) {
  return std::any_of(args.begin(), args.end(), is_help);
}

bool wants_json(std::span<const std::string> args) {
  for (std::size_t i = 0; i < args.size(); ++i) {
    if (args[i] == "--log-format=json") return true;
    if (args[i] == "--log-format" && i + 1 < args.size() && args[i + 1] == "json") return true;
  }
  return false;
}

std::FILE* log_stream(const Job& job) {
  return job.globals.log_format == LogFormat::json && !writes_standard_output(job) ? stdout
                                                                                   : stderr;
}

Job parse_transcode(std::span<const std::string> args) {
  return Pass(args).run();
}

}  // namespace latham::supervisor
