// SPDX-License-Identifier: MIT
#include "tests/unit/supervisor/fake_stage.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "control/line_reader.h"
#include "control/line_writer.h"
#include "control/link_socket.h"
#include "tests/support/child.h"

namespace latham::test {
namespace {

constexpr int kControl = 3;
constexpr int kStatus = 4;
constexpr int kLink = 5;

class FakeStage {
 public:
  /// `told`: the file of its arguments. `filtered`: they name a filter.
  FakeStage(std::string name, std::string told, bool filtered)
      : name_(std::move(name)), told_(std::move(told)), filtered_(filtered) {
    for (const int signal : {SIGINT, SIGTERM, SIGPIPE}) ::signal(signal, SIG_IGN);
  }

  void follow(const std::string& step) {
    const std::size_t colon = std::min(step.find(':'), step.size());
    const std::string what = step.substr(0, colon);
    const std::string with = colon < step.size() ? step.substr(colon + 1) : "";
    if (what == "ready") {
      // It wants the one picture stream, through a filter where it was told of one.
      if (name_ == "encoder")
        say(std::string("wants stream=0 input=0 source=0 as=frames pix_fmts=yuv420p") +
            (filtered_ ? " filtered=1 filter=0" : ""));
      say("ready" + std::string(name_ == "encoder" ? " output=file" : "") +
          (with.empty() ? "" : " " + with));
    } else if (what == "say") {
      std::string line = with;
      std::replace(line.begin(), line.end(), '~', ' ');
      say(line);
    } else if (what == "link") {
      link();
    } else if (what == "write") {
      if (::write(output_.get(), with.data(), with.size()) < 0) ::_exit(98);
    } else if (what == "stop") {
      await("stop");
      say("stopping");
    } else if (what == "await") {
      await(with);
    } else if (what == "obey") {
      await("abort");
    } else if (what == "talk") {
      for (long n = 0; with.empty() || n < std::stol(with); ++n) say_progress(5, n);
    } else if (what == "work") {
      for (long n = 1; n <= std::stol(with); ++n) say_progress(n, n);
    } else if (what == "hang") {
      for (;;) ::pause();
    } else if (what == "sleep") {
      ::usleep(static_cast<useconds_t>(std::stoul(with) * 1000));
    } else if (what == "exit") {
      ::_exit(std::stoi(with));
    } else if (what == "die") {
      die(std::stoi(with));
    } else if (what == "die_first") {
      if (has_died()) return;
      std::ofstream(death_mark()) << "once";
      die(std::stoi(with));
    } else if (what == "hang_later") {
      while (has_died()) ::pause();
    } else if (what == "warn") {
      for (long n = 0; n < std::stol(with); ++n) say("warning :of many");
    } else {
      ::_exit(97);
    }
  }

 private:
  void say_progress(long frames, long rounds) {
    say(fmt::format("progress frames_out={} run_ms={} waited_ms={} cpu_ms={}", frames, rounds * 50,
                    rounds * 49, rounds));
    ::usleep(50'000);
  }

  void say(const std::string& line) {
    const std::string text = line + "\n";
    if (::write(kStatus, text.data(), text.size()) < 0) ::_exit(96);
  }

  void link() {
    for (;;) {
      pollfd both[2] = {{kLink, POLLIN, 0}, {kControl, POLLIN, 0}};
      ::poll(both, 2, -1);
      if ((both[0].revents & POLLIN) != 0) {
        auto message = control::receive_link(kLink);
        if (!message) ::_exit(1);
        if (message->message.word == "output") output_ = std::move(message->fds.at(0));
        say("linked");
      } else if (both[1].revents != 0) {
        await("start");
        say("started");
        return;
      }
    }
  }

  void await(const std::string& word) {
    std::string line;
    for (;;) {
      if (commands_.next(line) != control::LineStatus::line) ::_exit(1);
      if (line == "abort") ::_exit(1);
      if (line == word) return;
    }
  }

  [[nodiscard]] std::string death_mark() const { return told_ + ".died"; }
  [[nodiscard]] bool has_died() const { return std::filesystem::exists(death_mark()); }

  static void die(int signal) {
    ::signal(signal, SIG_DFL);
    ::prctl(PR_SET_DUMPABLE, 0);
    ::raise(signal);
  }

  std::string name_;
  std::string told_;
  bool filtered_;
  control::LineReader commands_{kControl};
  UniqueFd output_;
};

LATHAM_CHILD(fake_stage) {
  std::vector<std::string> given(args.begin() + 3, args.end());
  if (given == std::vector<std::string>{"@6"}) {  // a spare, whose arguments come when it is needed
    given.clear();
    std::ifstream late("/dev/fd/6");
    for (std::string text; std::getline(late, text, '\0');) given.push_back(text);
  }
  FakeStage stage(args.at(0), args.at(2),
                  std::find(given.begin(), given.end(), "-filter:v") != given.end());
  std::istringstream script(args.at(1));
  std::ofstream told(args.at(2));
  for (const std::string& text : given) told << text << "\n";
  told.close();
  for (std::string step; script >> step;) stage.follow(step);
  ::_exit(0);
}

}  // namespace

void FakeStages::script(const std::string& name, const std::string& words) const {
  const std::string program = std::filesystem::read_symlink("/proc/self/exe").string();
  const std::string path = dir_.write(
      "latham-" + name, fmt::format("#!/bin/sh\nexec '{}' --child=fake_stage {} '{}' '{}' \"$@\"\n",
                                    program, name, words, dir_.file(name + ".args")));
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
}

}  // namespace latham::test
