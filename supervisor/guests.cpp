// SPDX-License-Identifier: MIT
#include "supervisor/guests.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <utility>

#include "ringbuf/doorbell.h"

namespace latham::supervisor {
namespace {

using std::chrono::milliseconds;

/// From `stop` to SIGKILL, and from SIGKILL to giving up on a process that hangs in the kernel.
constexpr milliseconds kLeaveTime{500};
constexpr milliseconds kReapTime{1000};

std::function<void()> ringer_of(const UniqueFd& bell) {
  UniqueFd copy(::fcntl(bell.get(), F_DUPFD_CLOEXEC, 3));
  if (!copy) return {};
  auto ringer = std::make_shared<ringbuf::BellRinger>(std::move(copy));
  return [ringer] { ringer->ring(); };
}

}  // namespace

void Guests::warn(const std::string& text) {
  report_.warning("", fmt::format("{}{}", text, over_ ? "" : "; the job goes on without it"));
}

void Guests::start(const StagePlan& plan, const std::string& folder,
                   std::vector<std::uint32_t> edges) noexcept {
  try {
    guests_.push_back({desk_.next_id++,
                       std::move(edges),
                       std::make_unique<Stage>(plan, folder, std::span<const int>{}),
                       {}});
  } catch (const std::exception& refused) {
    warn(refused.what());
  }
}

void Guests::open(Edges edges) noexcept {
  desk_.edges = std::move(edges);
  try {
    visitors_.listen();
  } catch (const std::exception& error) {
    report_.warning("",
                    fmt::format("no other process can look on: {}; the job goes on", error.what()));
  }
}

void Guests::tell(const control::Message& facts) noexcept {
  for (const Guest& guest : guests_)
    if (guest.seated) guest.stage->tell(facts);
  visitors_.tell(facts);
}

void Guests::add_polled(std::vector<pollfd>& polled) const {
  for (const Guest& guest : guests_) {
    polled.push_back({guest.stage->status_fd(), POLLIN, 0});
    polled.push_back({guest.stage->process.pidfd(), POLLIN, 0});
  }
  visitors_.add_polled(polled);
}

void Guests::serve() noexcept {
  visitors_.serve();
  for (Guest& guest : guests_) {
    try {
      // Death first, then the line: what a dead stage wrote is all there.
      guest.stage->process.reap();
      guest.stage->hear([&](const control::Message& line) { take_line(guest, line); });
      if (!guest.stage->has_ended()) advance(guest);
    } catch (const std::exception& error) {
      if (!guest.stage->error) warn(fmt::format("{}: {}", guest.stage->name(), error.what()));
      guest.stage->process.kill();
    }
  }
  const auto gone = std::stable_partition(
      guests_.begin(), guests_.end(), [](const Guest& guest) { return !guest.stage->has_ended(); });
  for (auto guest = gone; guest != guests_.end(); ++guest) see_off(*guest);
  guests_.erase(gone, guests_.end());
}

void Guests::take_line(Guest& guest, const control::Message& line) {
  Stage& stage = *guest.stage;
  std::size_t errors = 0;
  if (stage.take(line, errors)) {
    guest.seated = stage.started;
  } else if (line.word == "request") {
    desk_.requests.push_back({guest.id, line.get("what")});
  } else if (line.word == "warning") {
    report_.warning(stage.name(), line.text);
  } else if (line.word != "stopping") {
    report_.unknown_word(stage.name(), line.word);
  }
}

/// One step further on the way in: see class Edges.
void Guests::advance(Guest& guest) {
  Stage& stage = *guest.stage;
  Edges& edges = desk_.edges;
  if (stage.ready_line.word.empty() || edges.empty() || over_) return;
  if (!guest.seats) {
    guest.seats = edges.admit(guest.edges, Policy::latest);
    stage.ring = ringer_of(guest.seats->bell);
  }
  if (!guest.handed_over && edges.settled(*guest.seats)) {
    edges.hand_over(*guest.seats, [&](const control::Message& message, std::span<const int> fds) {
      stage.link(message, fds);
    });
    guest.handed_over = true;
  }
  if (guest.handed_over && stage.links_owed == 0 && !stage.start_sent)
    stage.command(control::Command::start);
}

void Guests::see_off(Guest& guest) {
  const Stage& stage = *guest.stage;
  if (guest.seats) {
    try {
      desk_.edges.leave(*guest.seats);
    } catch (const std::exception& error) {
      warn(fmt::format("{}: {}", stage.name(), error.what()));
    }
  }
  if (stage.error) {
    warn(stage.error->text);
    return;
  }
  const StageEnd end = stage.process.end().value_or(StageEnd{});
  if (stage.done || end.kind == StageEnd::Kind::killed_by_us) return;
  if (end.kind == StageEnd::Kind::signalled) {
    warn(fmt::format("{} was killed by signal {} ({})", stage.name_with_pid(), end.signal,
                     ::strsignal(end.signal)));
  } else {
    warn(fmt::format("{} left with code {} and no word", stage.name_with_pid(), end.code));
  }
}

bool Guests::all_seated() const noexcept {
  return std::all_of(guests_.begin(), guests_.end(),
                     [](const Guest& guest) { return guest.seated; });
}

bool Guests::has(std::size_t id) const noexcept {
  return visitors_.has(id) || std::any_of(guests_.begin(), guests_.end(),
                                          [&](const Guest& guest) { return guest.id == id; });
}

void Guests::set_over() noexcept {
  over_ = true;
  visitors_.close();
  // Before `start` a stage waits for nothing else, and nothing of it can be lost.
  for (const Guest& guest : guests_)
    if (!guest.stage->start_sent && !guest.stage->abort_sent)
      guest.stage->command(control::Command::abort);
}

void Guests::close() noexcept {
  set_over();
  for (const Guest& guest : guests_) guest.stage->command(control::Command::stop);
  const auto wait = [this](milliseconds longest) {
    const auto until = Clock::now() + longest;
    for (;;) {
      serve();
      const auto left = std::chrono::duration_cast<milliseconds>(until - Clock::now());
      if (guests_.empty() || left.count() <= 0) return;
      std::vector<pollfd> polled;
      for (const Guest& guest : guests_)
        polled.push_back({guest.stage->process.pidfd(), POLLIN, 0});
      ::poll(polled.data(), polled.size(), static_cast<int>(left.count()) + 1);
    }
  };
  wait(kLeaveTime);
  for (const Guest& guest : guests_) guest.stage->process.kill();
  wait(kReapTime);
  guests_.clear();
}

}  // namespace latham::supervisor
