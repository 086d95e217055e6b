// SPDX-License-Identifier: MIT
// What the watch does when a stage fails: finds the cause, replaces the stage or ends the others.
#include <poll.h>

#include <algorithm>
#include <chrono>

#include "supervisor/watch.h"

namespace latham::supervisor {
namespace {

using std::chrono::milliseconds;

/// The kernel closes a dying process's descriptors before it tells of its death, so a neighbour's
/// complaint may come first. This long we listen before we look for the cause.
constexpr milliseconds kListen{100};
/// From SIGKILL to giving up on a process that hangs in the kernel.
constexpr milliseconds kReapTime{1000};

/// Of one that we have killed: waits for its end.
bool is_gone(StageProcess& process) {
  pollfd death{process.pidfd(), POLLIN, 0};
  if (!process.end()) ::poll(&death, 1, static_cast<int>(kReapTime.count()));
  return process.reap();
}

}  // namespace

bool Watch::is_excused(const Stage& stage) const {
  return terms_.limited && running_ && sinks_done() && !is_sink(stage);
}

std::vector<Symptom> Watch::symptoms() const {
  std::vector<Symptom> found;
  for (const auto& stage : stages_) {
    if (is_excused(*stage)) continue;
    Symptom symptom{stage->kind(), stage->name(), stage->process.pid(), stage->process.end(),
                    stage->error,  stage->done,   stage->timed_out,     std::nullopt};
    symptom.frames = stage->count("frames_out");
    if (!symptom.frames || stage->kind() == "encoder") symptom.frames = stage->count("frames_in");
    found.push_back(std::move(symptom));
  }
  return found;
}

void Watch::deal_with_trouble() {
  const auto found = symptoms();
  if (std::any_of(found.begin(), found.end(), is_trouble) && !replaced(found)) fail();
}

/// The one who died has a successor, and the job goes on.
bool Watch::replaced(std::span<const Symptom> found) {
  if (!replace_ || !running_ || interrupted_ != 0) return false;
  if (std::count_if(found.begin(), found.end(), is_trouble) != 1) return false;
  const Symptom& symptom = *std::find_if(found.begin(), found.end(), is_trouble);
  // Who said why it failed would say so again.
  if (symptom.error) return false;
  const Failure crash = root_cause(found, remains_, terms_.stage_timeout_s);
  const auto dead = std::find_if(stages_.begin(), stages_.end(), [&](const auto& stage) {
    return stage->process.pid() == symptom.pid;
  });
  if (!is_gone((*dead)->process)) return false;
  const auto index = static_cast<std::size_t>(dead - stages_.begin());
  if (!crash.crash() || (replacing_ && replacing_->stage != index)) return false;
  if (replacing_) throw SuccessorDied(crash);
  replacing_.emplace(Replacement{index, crash});
  bool goes_on = true;
  try {
    goes_on = replace_(index, crash);
  } catch (const NothingLeftToDo&) {
    // Nobody waits for the successor any more, nor for what joins it to others: release_upstream() ends it.
  }
  replacing_.reset();
  return goes_on;
}

Stage& Watch::replace(std::size_t index, const StagePlan& plan, const std::string& folder,
                      std::span<const int> own_fds) {
  stages_[index] = std::make_unique<Stage>(plan, folder, own_fds);
  return *stages_[index];
}

void Watch::fail() {
  const auto until = Clock::now() + kListen;
  while (Clock::now() < until && !all_ended()) wait_for_events(milliseconds(10));
  // The cause is looked for now: what happens from here on is our own doing.
  const auto found = symptoms();
  tear_down();
  // Who blames the one that is being replaced means the dead one, whose frames it was to take over.
  if (replacing_ && blames_a_neighbour(found)) throw Failure(replacing_->crash);
  throw root_cause(found, remains_, terms_.stage_timeout_s);
}

void Watch::tear_down() noexcept {
  for (const auto& stage : stages_) {
    if (!stage->has_ended()) stage->command(control::Command::abort);
  }
  paused_by_ = 0;
  const auto wait = [this](milliseconds longest) {
    const auto until = Clock::now() + longest;
    for (;;) {
      for (const auto& stage : stages_) stage->process.reap();
      const auto left = std::chrono::duration_cast<milliseconds>(until - Clock::now());
      if (all_ended() || left.count() <= 0) return;
      std::vector<pollfd> deaths;
      for (const auto& stage : stages_) {
        if (!stage->has_ended()) deaths.push_back({stage->process.pidfd(), POLLIN, 0});
      }
      ::poll(deaths.data(), deaths.size(), static_cast<int>(left.count()) + 1);
    }
  };
  wait(kAbortTime);
  for (const auto& stage : stages_) stage->process.kill();
  wait(kReapTime);
  guests_.close();
}

}  // namespace latham::supervisor
