// SPDX-License-Identifier: MIT
#include "supervisor/subcommands.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string_view>
#include <vector>

#include "sandbox/sandbox.h"
#include "supervisor/failure.h"
#include "supervisor/help.h"
#include "supervisor/help_full.h"
#include "supervisor/json_report.h"
#include "supervisor/options.h"
#include "supervisor/play.h"
#include "supervisor/session.h"
#include "supervisor/stage_process.h"
#include "supervisor/view.h"
#include "supervisor/view_options.h"
#include "system/nearest.h"

namespace latham::supervisor {
namespace {

using Args = std::span<const std::string>;

int transcode(Args args) {
  const Job job = parse_transcode(args);
  return run_transcode(job, program_folder(), log_stream(job));
}

/// The same for a program that reads our lines: a failure is one of them, too.
int transcode_logged(Args args) {
  std::FILE* out = stdout;
  try {
    const Job job = parse_transcode(args);
    out = log_stream(job);
    return run_transcode(job, program_folder(), out);
  } catch (const Failure& failure) {
    JsonReport::failure(out, failure.code(), failure.what());
    return failure.code();
  } catch (const std::exception& error) {
    // What the system refused us: descriptors, memory.
    const int code = static_cast<int>(ExitCode::failed);
    JsonReport::failure(out, code, error.what());
    return code;
  }
}

void refuse_words(std::string_view command, Args args) {
  if (!args.empty())
    throw Failure(ExitCode::usage,
                  fmt::format("{}: takes no argument, but got '{}'", command, args.front()));
}

int list(Args args) {
  refuse_words("ls", args);
  return list_sessions(stdout);
}

int view(Args args) {
  const ViewOptions options = parse_view(args);
  if (!options.file.empty()) return play_file(options, program_folder(), stderr);
  return view_session(options.session, program_folder(), options.loglevel, stderr);
}

/// Becomes another program of ours. Returns only by throwing.
int become(const std::string& name, Args args) {
  const std::string program = program_folder() + "/" + name;
  std::vector<char*> argv = {const_cast<char*>(program.c_str())};
  for (const std::string& arg : args) argv.push_back(const_cast<char*>(arg.c_str()));
  argv.push_back(nullptr);
  ::execv(program.c_str(), argv.data());
  throw Failure(ExitCode::failed, fmt::format("run '{}': {}; install it beside latham", program,
                                              std::strerror(errno)));
}

/// It has options of its own.
int bench(Args args) {
  return become("latham-bench", args);
}

/// What the kernel does for the sandbox of the stages. 1 where a part of it is missing.
int doctor(Args args) {
  refuse_words("doctor", args);
  bool whole = true;
  for (const sandbox::Support& part : sandbox::support()) {
    fmt::print("{:<30} {}  {}\n", part.part, part.there ? "yes" : "NO ", part.remark);
    whole = whole && part.there;
  }
  return whole ? 0 : static_cast<int>(ExitCode::failed);
}

struct Subcommand {
  std::string_view name;
  std::string_view help;
  int (*run)(Args args);
};

constexpr Subcommand kSubcommands[] = {
    {"transcode", kTranscodeHelp, transcode},
    {"view", kViewHelp, view},
    {"ls", kLsHelp, list},
    {"bench", kBenchHelp, bench},
    {"doctor", kDoctorHelp, doctor},
};

const Subcommand* find(std::string_view name) {
  const auto* found = std::find_if(std::begin(kSubcommands), std::end(kSubcommands),
                                   [&](const Subcommand& sub) { return sub.name == name; });
  return found == std::end(kSubcommands) ? nullptr : found;
}

const Subcommand& find_or_refuse(std::string_view name) {
  if (const Subcommand* found = find(name)) return *found;
  std::vector<std::string_view> names;
  for (const Subcommand& sub : kSubcommands) names.push_back(sub.name);
  const std::string_view guess = nearest(name, names);
  throw Failure(ExitCode::usage,
                fmt::format("unknown command '{}'; {}", name,
                            guess.empty() ? std::string("see latham --help")
                                          : fmt::format("did you mean '{}'?", guess)));
}

/// `topics`: what to explain: nothing, a command, `full`, a part of FFmpeg such as encoder=libx264.
int print_help(Args topics) {
  if (!topics.empty() && topics.back().find('=') != std::string::npos)
    return become("latham-encoder", std::vector<std::string>{"-h", topics.back()});
  const bool full = !topics.empty() && topics.back() == "full";
  if (full) topics = topics.first(topics.size() - 1);
  std::string_view text = topics.empty() ? kHelp : find_or_refuse(topics.front()).help;
  // All that the others take stands in the short one.
  if (full && (topics.empty() || text == kTranscodeHelp)) text = kTranscodeFullHelp;
  fmt::print("{}", text);
  return 0;
}

/// A command's help, with the word behind --help.
int print_help_of(const std::string& command, Args args) {
  std::vector<std::string> topics = {command};
  const auto asked = std::find_if(args.begin(), args.end(), is_help);
  if (asked + 1 != args.end()) topics.push_back(*(asked + 1));
  if (topics.back() != "full" && topics.back().find('=') == std::string::npos) topics.resize(1);
  return print_help(topics);
}

}  // namespace

int run_subcommand(Args args) {
  if (args.empty())
    throw Failure(ExitCode::usage, "no command given; try: latham transcode -i in.mp4 out.mp4");
  const std::string& first = args.front();
  const Args rest = args.subspan(1);
  if (first == "help") return print_help(rest);
  if (is_help(first)) return print_help(rest);
  if (first == "--version" || first == "-version") {
    fmt::print("latham {}\n", LATHAM_VERSION);
    return 0;
  }
  const Subcommand& sub = find_or_refuse(first);
  if (wants_help(rest)) return print_help_of(first, rest);
  if (sub.run == transcode && wants_json(rest)) return transcode_logged(rest);
  return sub.run(rest);
}

}  // namespace latham::supervisor
