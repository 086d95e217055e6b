// SPDX-License-Identifier: MIT
#include "stage/commands.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <exception>
#include <utility>

#include "control/line_reader.h"
#include "system/error.h"
#include "system/uninterrupted.h"

namespace latham::stage {
namespace {

UniqueFd make_event() {
  UniqueFd fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!fd) throw_errno("make an event descriptor");
  return fd;
}

void signal_event(const UniqueFd& fd) noexcept {
  const std::uint64_t one = 1;
  (void)!::write(fd.get(), &one, sizeof(one));
}

void drain_event(const UniqueFd& fd) noexcept {
  std::uint64_t count = 0;
  (void)!::read(fd.get(), &count, sizeof(count));
}

}  // namespace

Commands::Commands(int control_fd, int link_fd, StatusWriter& status)
    : control_fd_(control_fd),
      link_fd_(link_fd),
      status_(status),
      wake_(make_event()),
      setup_(make_event()) {}

void Commands::listen() {
  thread_ = std::thread([this] { run(); });
}

Commands::~Commands() {
  {
    const std::lock_guard lock(mutex_);
    quit_ = true;
  }
  signal_event(wake_);
  if (thread_.joinable()) thread_.join();
}

void Commands::set_bell(ringbuf::OwnBell* bell) {
  const std::lock_guard lock(mutex_);
  bell_ = bell;
}

bool Commands::started() const {
  const std::lock_guard lock(mutex_);
  return started_;
}

bool Commands::paused() const {
  const std::lock_guard lock(mutex_);
  return paused_ && !stopping_;
}

bool Commands::stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_ && !postponed_;
}

void Commands::postpone_stop(bool postponed) {
  const std::lock_guard lock(mutex_);
  if (postponed == postponed_) return;
  postponed_ = postponed;
  if (stopping_ && !postponed_) stop_event_.stop();
}

std::optional<control::Message> Commands::take(control::Command command) {
  const std::lock_guard lock(mutex_);
  const auto found = newest_.find(command);
  if (found == newest_.end()) return std::nullopt;
  std::optional<control::Message> message(std::move(found->second));
  newest_.erase(found);
  return message;
}

bool Commands::has(control::Command command) const {
  const std::lock_guard lock(mutex_);
  return newest_.count(command) != 0;
}

bool Commands::link_pending() const {
  const std::lock_guard lock(mutex_);
  return link_pending_;
}

void Commands::link_served() {
  {
    const std::lock_guard lock(mutex_);
    link_pending_ = false;
  }
  signal_event(wake_);
}

void Commands::wait_for_setup() {
  pollfd fds[1] = {{setup_.get(), POLLIN, 0}};
  (void)uninterrupted([&] { return ::poll(fds, 1, -1); });
  drain_event(setup_);
}

void Commands::run() noexcept try {
  control::LineReader reader(control_fd_);
  std::string line;
  for (;;) {
    pollfd fds[3] = {{control_fd_, POLLIN, 0}, {wake_.get(), POLLIN, 0}, {link_fd_, POLLIN, 0}};
    // A pending link message stays readable; it is watched again once it was taken.
    const nfds_t count = link_pending() ? 2 : 3;
    if (::poll(fds, count, -1) < 0) continue;
    if (fds[1].revents != 0) drain_event(wake_);
    {
      const std::lock_guard lock(mutex_);
      if (quit_) return;
      if (count == 3 && fds[2].revents != 0) {
        link_pending_ = true;
        if (bell_ != nullptr) bell_->poke();
        signal_event(setup_);
      }
    }
    if (fds[0].revents == 0) continue;
    for (auto status = reader.try_next(line); status != control::LineStatus::nothing;
         status = reader.try_next(line)) {
      // The supervisor is gone: nobody will take our output, so nothing is worth finishing.
      if (status == control::LineStatus::end) ::_exit(1);
      if (status == control::LineStatus::overlong)
        status_.warning("a control line is too long; ignored");
      if (status == control::LineStatus::line) obey(line);
    }
  }
} catch (const std::exception& error) {
  // Deaf: whoever goes on could no longer be ended.
  status_.error(FailureKind::failed, error.what());
  ::_exit(1);
}

void Commands::obey(const std::string& line) {
  const auto message = control::parse(line);
  const auto command = message ? control::command_from(*message) : std::nullopt;
  if (!command) {
    status_.warning("unknown command ignored: " + line.substr(0, 80));
    return;
  }
  if (*command == control::Command::abort) ::_exit(1);
  const char* answer = nullptr;
  {
    const std::lock_guard lock(mutex_);
    answer = note(*command, *message);
    if (bell_ != nullptr) bell_->poke();
    signal_event(setup_);
  }
  if (answer != nullptr) status_.say({answer, {}, {}});
}

const char* Commands::note(control::Command command, const control::Message& message) {
  switch (command) {
    case control::Command::start:
      started_ = true;
      return "started";
    case control::Command::pause:
      paused_ = true;
      return "paused";
    case control::Command::resume:
      paused_ = false;
      return "resumed";
    case control::Command::stop:
      stopping_ = true;
      if (!postponed_) stop_event_.stop();
      return "stopping";
    case control::Command::seek:
      newest_[command] = message;
      return "seeking";
    case control::Command::facts:
    case control::Command::ahead:
      newest_[command] = message;
      return nullptr;
    case control::Command::abort:
      break;
  }
  return nullptr;
}

}  // namespace latham::stage
