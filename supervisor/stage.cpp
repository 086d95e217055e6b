// SPDX-License-Identifier: MIT
#include "supervisor/stage.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <string>
#include <system_error>
#include <utility>

#include "control/line_writer.h"
#include "control/link_socket.h"
#include "supervisor/root_cause.h"
#include "system/error.h"
#include "system/pipe.h"
#include "system/uninterrupted.h"

namespace latham::supervisor {
namespace {

/// As much as exec takes of one argument.
constexpr int kCommandLineBytes = 128 * 1024;

/// Of a progress line, what does not grow by itself while the stage waits.
std::map<std::string, std::string> work_of(const control::Message& line) {
  std::map<std::string, std::string> fields = line.fields;
  for (const char* clock : {"run_ms", "waited_ms", "cpu_ms"}) fields.erase(clock);
  return fields;
}

void never_block(int fd) {
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
}

}  // namespace

Stage::Stage(const StagePlan& plan, const std::string& folder, std::span<const int> own_fds)
    : last_change(Clock::now()), last_work(last_change), kind_(plan.kind), name_(plan.name) {
  auto [stage_control, our_control] = make_pipe();
  auto [our_status, stage_status] = make_pipe();
  auto [our_link, stage_link] = control::make_link_pair();
  // Only our ends: the stage may block on its own.
  never_block(our_control.get());
  never_block(our_status.get());

  std::vector<int> fds = {
      -1, -1, STDERR_FILENO, stage_control.get(), stage_status.get(), stage_link.get()};
  fds.insert(fds.end(), own_fds.begin(), own_fds.end());
  Launch launch{fmt::format("{}/latham-{}", folder, kind_), {"latham-" + kind_}, fds};
  if (!plan.desktop) launch.environment = kept_environment();
  launch.argv.insert(launch.argv.end(), plan.argv.begin(), plan.argv.end());
  process = StageProcess(launch);
  if (process.end())
    throw Failure(ExitCode::failed,
                  fmt::format("start the {}: '{}': {}; it belongs beside the latham program", name_,
                              launch.program, std::strerror(process.end()->code)));

  control_ = std::move(our_control);
  status_ = std::move(our_status);
  link_ = std::move(our_link);
  reader_ = control::LineReader(status_.get());
}

std::unique_ptr<Stage> Stage::spare(std::string_view kind, const std::string& folder) {
  auto [theirs, ours] = make_pipe();
  // So that all of it fits, and we never wait for a process that does not read.
  ::fcntl(ours.get(), F_SETPIPE_SZ, kCommandLineBytes);
  never_block(ours.get());
  const std::array fds = {theirs.get()};
  const StagePlan waiting{std::string(kind), std::string(kind), {"@6"}};
  auto stage = std::make_unique<Stage>(waiting, folder, fds);
  stage->command_line_ = std::move(ours);
  return stage;
}

void Stage::assign(const StagePlan& plan) {
  name_ = plan.name;
  std::string texts;
  for (const std::string& text : plan.argv) texts.append(text).push_back('\0');
  const ssize_t written =
      uninterrupted([&] { return ::write(command_line_.get(), texts.data(), texts.size()); });
  // Where it is gone, its end tells why.
  if (written < 0 && errno != EPIPE) throw_errno(fmt::format("hand the {} its options", name_));
  if (written >= 0 && static_cast<std::size_t>(written) < texts.size())
    throw Failure(ExitCode::failed, fmt::format("start the {}: its options are too long", name_));
  command_line_.reset();
  begin_anew();
}

std::string Stage::name_with_pid() const {
  return fmt::format("{} (pid {})", name_, process.pid());
}

void Stage::command(control::Command what) {
  if (what == control::Command::stop) stop_sent = true;
  if (what == control::Command::abort) abort_sent = true;
  if (what == control::Command::start) {
    start_sent = true;
    begin_anew();
  }
  tell({std::string(control::word(what)), {}, {}});
}

void Stage::tell(const control::Message& message) {
  std::erase_if(unsent_, [&](const auto& older) { return older.word == message.word; });
  unsent_.push_back(message);
  send_unsent();
}

/// In their order, so that a `resume` does not overtake its `pause`. A line that can never be written (nobody
/// reads any more, or it is too long) must not hold up those behind it.
void Stage::send_unsent() noexcept {
  if (unsent_.empty()) return;
  auto next = unsent_.begin();
  const auto never = [](int number) {
    return number == EPIPE || number == EMSGSIZE || number == EINVAL;
  };
  while (next != unsent_.end() && (control::write_line(control_.get(), *next) || never(errno)))
    ++next;
  unsent_.erase(unsent_.begin(), next);
  if (ring) ring();
}

void Stage::link(const control::Message& message, std::span<const int> fds) {
  try {
    control::send_link(link_.get(), message, fds);
  } catch (const std::system_error& refused) {
    // Gone: its end tells why, and better than we could here.
    if (refused.code() != std::errc::broken_pipe && refused.code() != std::errc::connection_reset)
      throw;
  }
  // One that is busy already has no more time because of it: guests come when they like.
  if (!is_busy()) begin_anew();
  ++links_owed;
}

std::optional<control::Message> Stage::next_status() {
  send_unsent();
  std::string line;
  while (!status_end_) {
    switch (reader_.try_next(line)) {
      case control::LineStatus::nothing:
        return std::nullopt;
      case control::LineStatus::end:
        status_end_ = true;
        return std::nullopt;
      case control::LineStatus::overlong:
        return control::Message{"warning", {}, "sent a status line that is too long; ignored"};
      case control::LineStatus::line:
        if (auto message = control::parse(line)) return message;
        return control::Message{"warning", {}, "sent a status line that makes no sense; ignored"};
    }
  }
  return std::nullopt;
}

bool Stage::take(const control::Message& line, std::size_t& errors) {
  const std::string& word = line.word;
  bool news = true;
  bool works = true;
  if (word == "progress") {
    news = line.fields != counts.fields;
    works = work_of(line) != work_of(counts);
    if (!done) counts = line;
  } else if (word == "done") {
    counts = line;
    done = true;
  } else if (word == "ready") {
    ready_line = line;
  } else if (word == "linked") {
    linked = line;
    if (links_owed > 0) --links_owed;
  } else if (word == "started") {
    started = true;
  } else if (word == "error") {
    news = works = false;
    if (!error) error = stage_error(name_, line, errors++);
  } else {
    return false;
  }
  if (news) last_change = Clock::now();
  if (works) last_work = Clock::now();
  return true;
}

void Stage::forget(Clock::duration time) noexcept {
  const auto now = Clock::now();
  last_change = std::min(now, last_change + time);
  last_work = std::min(now, last_work + time);
}

bool Stage::is_busy() const noexcept {
  if (done || has_ended()) return false;
  return ready_line.word.empty() || links_owed > 0 || start_sent;
}

}  // namespace latham::supervisor
