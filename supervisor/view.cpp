// SPDX-License-Identifier: MIT
#include "supervisor/view.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <csignal>
#include <exception>
#include <system_error>
#include <utility>
#include <vector>

#include "supervisor/failure.h"
#include "supervisor/pipeline.h"
#include "supervisor/report.h"
#include "supervisor/session_socket.h"
#include "supervisor/signals.h"
#include "supervisor/stage.h"

namespace latham::supervisor {
namespace {

using control::Message;
using std::chrono::milliseconds;

/// A session that says nothing for so long is stopped or hangs.
constexpr milliseconds kAnswerTime{1000};
constexpr milliseconds kLeaveTime{500};
/// To be given a place at the edges, which takes a step of each of their producers.
constexpr milliseconds kSeatTime{10'000};

/// What a session says of itself; nothing where it does not answer, or ends while we ask.
std::optional<Message> facts_of(const FoundSession& session) {
  try {
    control::send_link(session.connection.get(), {"status", {}, {}});
    if (auto answer = next_message(session.connection.get(), kAnswerTime))
      return std::move(answer->message);
  } catch (const std::exception&) {
  }
  return std::nullopt;
}

std::string age_text(const Message& facts) {
  const std::int64_t seconds = facts.number("age_ms").value_or(0) / 1000;
  return fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

std::string line_of(pid_t pid, const std::optional<Message>& facts) {
  if (!facts) return fmt::format("{:>8}  {:<9}\n", pid, "silent");
  return printable(fmt::format("{:>8}  {:<9}  {:>7}  {:>8}  {} -> {}", pid, facts->get("state"),
                               facts->get("fps", "-"), age_text(*facts), facts->get("input"),
                               facts->get("output"))) +
         "\n";
}

constexpr std::string_view kHeading = " SESSION  STATE          FPS       AGE  JOB\n";

/// The session that was meant, or Failure with a list of those there are.
FoundSession choose(std::optional<pid_t> wanted) {
  std::vector<FoundSession> found = find_sessions(wanted);
  if (found.size() == 1) return std::move(found.front());
  if (wanted)
    throw Failure(ExitCode::input,
                  fmt::format("view {}: no such session; `latham ls` lists them", *wanted));
  if (found.empty())
    throw Failure(ExitCode::input,
                  "view: no session is running; start one with `latham transcode`");
  std::string text = "view: several sessions are running; name one:\n" + std::string(kHeading);
  for (const FoundSession& session : found) text += line_of(session.pid, facts_of(session));
  text.pop_back();
  throw Failure(ExitCode::usage, text);
}

/// Between a session and our viewer.
class Attachment {
 public:
  Attachment(FoundSession session, const Message& facts, const std::string& folder,
             std::optional<int> loglevel, Report& report)
      : session_(std::move(session)),
        shown_(facts.get("shown")),
        report_(report),
        viewer_(plan_viewer(facts.get("input"), loglevel, facts.number("duration_us")), folder,
                {}) {}

  int run() {
    while (!viewer_.has_ended()) {
      wait();
      viewer_.process.reap();
      hear_viewer();
      hear_session();
      if (asked_ && seated_ && viewer_.links_owed == 0 && !viewer_.start_sent)
        viewer_.command(control::Command::start);
      if (asked_ && !seated_ && Clock::now() - *asked_ > kSeatTime)
        throw Failure(ExitCode::input,
                      fmt::format("view {}: the session gives us no place: one of its stages "
                                  "is stopped, or waits for its input",
                                  session_.pid));
      while (signals_.take() != 0) leave();
      if (leaving_ && Clock::now() - *leaving_ > kLeaveTime) viewer_.process.kill();
    }
    hear_viewer();
    return verdict();
  }

 private:
  void wait() {
    std::vector<pollfd> polled = {{signals_.fd(), POLLIN, 0},
                                  {viewer_.status_fd(), POLLIN, 0},
                                  {viewer_.process.pidfd(), POLLIN, 0},
                                  {session_.connection.get(), POLLIN, 0}};
    ::poll(polled.data(), polled.size(), 100);
  }

  void hear_viewer() {
    std::size_t errors = 0;
    viewer_.hear([&](const control::Message& line) {
      if (viewer_.take(line, errors)) {
        if (line.word == "ready" && !asked_) {
          asked_ = Clock::now();
          say({"attach", {{"edges", shown_}}, {}});
        }
      } else if (line.word == "request") {
        say({"request", {{"what", line.get("what")}}, {}});
      } else if (line.word == "warning") {
        report_.warning(viewer_.name(), line.text);
      } else if (line.word != "stopping") {
        report_.unknown_word(viewer_.name(), line.word);
      }
    });
  }

  void hear_session() {
    while (const auto message = next_heard()) take(*message);
  }

  std::optional<control::LinkMessage> next_heard() {
    if (!session_.connection) return std::nullopt;
    try {
      return next_message(session_.connection.get(), milliseconds(0));
    } catch (const SessionLeft&) {
      // The job is over, or its supervisor dead: the viewer keeps its memory, and its last picture.
      session_.connection.reset();
      if (!seated_) throw Failure(ExitCode::input, "view: the session ended before it was seen");
      viewer_.tell({"facts", {{"state", "ended"}}, {}});
      return std::nullopt;
    } catch (const std::exception& error) {
      // It is there, and will take us for gone. Its facts may be lost, or memory on its way to the viewer.
      throw Failure(ExitCode::failed,
                    fmt::format("view {}: {}; the job goes on", session_.pid, error.what()));
    }
  }

  void take(const control::LinkMessage& message) {
    const std::string& word = message.message.word;
    if (word == "refused")
      throw Failure(ExitCode::failed,
                    fmt::format("view {}: {}", session_.pid, printable(message.message.text)));
    if (word == "facts") {
      viewer_.tell(message.message);
    } else if (word == "seated") {
      seated_ = true;
    } else if (word == "bell" || word == "consume" || word == "pool") {
      std::vector<int> fds;
      for (const UniqueFd& fd : message.fds) fds.push_back(fd.get());
      viewer_.link(message.message, fds);
    }
  }

  void say(const Message& message) {
    if (!session_.connection) return;
    try {
      control::send_link(session_.connection.get(), message);
    } catch (const std::system_error& refused) {
      // That it has left is heard in hear_session().
      if (refused.code() != std::errc::broken_pipe && refused.code() != std::errc::connection_reset)
        throw;
    }
  }

  void leave() {
    if (leaving_) return;
    leaving_ = Clock::now();
    viewer_.command(viewer_.start_sent ? control::Command::stop : control::Command::abort);
  }

  [[nodiscard]] int verdict() const {
    if (viewer_.error) throw Failure(viewer_.error->code, viewer_.error->text);
    if (viewer_.done || leaving_) return static_cast<int>(ExitCode::done);
    throw Failure(
        ExitCode::crashed,
        fmt::format("{} left without a word; the job goes on without it", viewer_.name_with_pid()));
  }

  FoundSession session_;
  std::string shown_;
  Report& report_;
  SignalWatch signals_;
  Stage viewer_;
  std::optional<Clock::time_point> asked_;  ///< For a place.
  bool seated_ = false;
  std::optional<Clock::time_point> leaving_;
};

}  // namespace

int list_sessions(std::FILE* out) {
  const std::vector<FoundSession> found = find_sessions();
  if (found.empty()) {
    fmt::print(out, "no session is running\n");
    return 0;
  }
  fmt::print(out, "{}", kHeading);
  for (const FoundSession& session : found)
    fmt::print(out, "{}", line_of(session.pid, facts_of(session)));
  return 0;
}

int view_session(std::optional<pid_t> wanted, const std::string& folder,
                 std::optional<int> loglevel, std::FILE* out) {
  FoundSession session = choose(wanted);
  const auto facts = facts_of(session);
  if (!facts)
    throw Failure(ExitCode::input,
                  fmt::format("view {}: the session does not answer; is it stopped?", session.pid));
  if (facts->get("shown").empty())
    throw Failure(
        ExitCode::input,
        fmt::format("view {}: there is nothing to see: it has no video, has not begun, or "
                    "its frames travel through pipes",
                    session.pid));
  Globals globals;
  globals.loglevel = loglevel;
  const auto report = Report::make(out, globals);
  return Attachment(std::move(session), *facts, folder, loglevel, *report).run();
}

}  // namespace latham::supervisor
