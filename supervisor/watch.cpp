// SPDX-License-Identifier: MIT
#include "supervisor/watch.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "system/error.h"

namespace latham::supervisor {
namespace {

using std::chrono::milliseconds;

/// From the encoder's `done` to `abort` where a frame limit made the others' work pointless.
constexpr milliseconds kReleaseTime{300};
/// From `done` to SIGKILL for a stage that does not leave, or whose successor has everything.
constexpr milliseconds kLeaveTime{10'000};
/// `timeout` and some shells signal both the process and its group: that is one request, not two.
constexpr milliseconds kSameRequest{250};
/// The job waits so long, at most, for a window to open.
constexpr milliseconds kGuestTime{2000};

constexpr std::size_t kMostStreams = 1024;

}  // namespace

Watch::Watch(SignalWatch& signals, Report& report, ProgressFeed& progress, WatchTerms terms)
    : signals_(signals),
      report_(report),
      progress_(progress),
      terms_(std::move(terms)),
      guests_(report),
      facts_(terms_.input, terms_.output) {}

Watch::~Watch() {
  tear_down();
}

Stage& Watch::start(const StagePlan& plan, const std::string& folder, std::span<const int> own_fds,
                    std::size_t place) {
  return add(std::make_unique<Stage>(plan, folder, own_fds), place);
}

Stage& Watch::add(std::unique_ptr<Stage> stage, std::size_t place) {
  const auto at = stages_.begin() + static_cast<std::ptrdiff_t>(std::min(place, stages_.size()));
  return **stages_.insert(at, std::move(stage));
}

void Watch::pump(milliseconds longest) {
  wait_for_events(longest);
  take_signals();
  take_requests();
  check_progress();
  tend_finished();
  show_progress();
  tell_guests();
  deal_with_trouble();
  if (replacing_ && is_excused(*stages_[replacing_->stage])) throw NothingLeftToDo();
}

void Watch::begin() {
  running_ = true;
  began_ = Clock::now();
  for (const auto& stage : stages_) stage->begin_anew();
}

void Watch::run() {
  until([this] { return all_ended(); });
}

void Watch::wait_for_events(milliseconds longest) {
  std::vector<pollfd> polled = {{signals_.fd(), POLLIN, 0}};
  for (const auto& stage : stages_) {
    polled.push_back({stage->status_fd(), POLLIN, 0});
    polled.push_back({stage->has_ended() ? -1 : stage->process.pidfd(), POLLIN, 0});
  }
  guests_.add_polled(polled);
  if (::poll(polled.data(), polled.size(), static_cast<int>(longest.count())) < 0 && errno != EINTR)
    throw_errno("wait for the stages");
  for (const auto& stage : stages_) {
    // Death first, then the line: what a dead stage wrote is all there.
    const bool died = !stage->has_ended() && stage->process.reap();
    stage->hear([&](const control::Message& line) { take_line(*stage, line); });
    if (died && stage->done && stage->process.end()->kind == StageEnd::Kind::signalled)
      report_.warning(stage->name(),
                      fmt::format("was killed by signal {} after it had finished; the "
                                  "result is complete",
                                  stage->process.end()->signal));
  }
  guests_.serve();
}

void Watch::take_line(Stage& stage, const control::Message& line) {
  if (stage.take(line, errors_)) return;
  const std::string& word = line.word;
  if (word == "stream") {
    // Bounded: what a stage says must not fill our memory.
    if (stage.streams.size() < kMostStreams) stage.streams.push_back(line);
  } else if (word == "wants") {
    if (stage.wants.size() < kMostStreams) stage.wants.push_back(line);
  } else if (word == "segment" && keep_segment_) {
    if (interrupted_ == 0) keep_segment_(stage, line);
  } else if (word == "warning") {
    report_.warning(stage.name(), line.text);
  } else if (word == "request" && terms_.plays) {
    pass_on(line);
  } else if (word == "remembers") {
    stage.remembers = true;
  } else if (word == "full") {
    stage.full = true;
  } else if (word == "lacks") {
    tell_sharers(stage, line);
  } else if (word != "paused" && word != "resumed" && word != "stopping" && word != "seeking") {
    report_.unknown_word(stage.name(), word);
  }
}

void Watch::take_signals() {
  while (const int signal = signals_.take()) interrupt(signal);
}

void Watch::interrupt(int signal) {
  const auto now = Clock::now();
  if (interrupted_ != 0 && now - interrupted_at_ < kSameRequest) return;
  if (!running_ || terms_.reads_back) {
    tear_down();
    throw Failure::interrupted(signal,
                               fmt::format("interrupted before the first frame; {}", remains_));
  }
  if (interrupted_ != 0) {
    tear_down();
    throw Failure::interrupted(signal, fmt::format("interrupted again and given up; {}", remains_));
  }
  interrupted_ = signal;
  interrupted_at_ = now;
  if (terms_.plays) {
    stages_.back()->command(control::Command::stop);
    return;
  }
  finish_early("interrupted", signal == SIGINT ? "Ctrl-C again to give it up"
                                               : "the same signal again to give it up");
}

void Watch::finish_early(const std::string& why, const std::string& hint) {
  report_.note(fmt::format("{}; finishing {} with the frames decoded so far ({})", why,
                           terms_.output, hint));
  paused_by_ = 0;  // a stop ends a pause
  tell_decoders(control::Command::stop);
}

void Watch::tell_decoders(control::Command what) {
  for (const auto& stage : stages_)
    if (stage->kind() == "decoder" && !stage->done && !stage->has_ended()) stage->command(what);
}

void Watch::take_requests() {
  if (!running_) return;  // kept until there is something to hold still
  for (const GuestRequest& request : guests_.take_requests()) {
    if (interrupted_ != 0) continue;
    if (request.what == "pause") pause(request.from);
    if (request.what == "resume") resume();
    if (request.what == "stop") {
      // The script that waits for us must learn that the file is not whole, as after Ctrl-C.
      interrupted_ = SIGINT;
      interrupted_at_ = Clock::now();
      finish_early("stopped from the window", "Ctrl-C to give it up");
    }
  }
  // Nobody is left who could ask to go on.
  if (paused_by_ != 0 && !guests_.has(paused_by_)) resume();
}

/// Without new frames from the decoders everything after it comes to rest by itself.
void Watch::pause(std::size_t guest) {
  if (paused_by_ != 0) return;
  paused_by_ = guest;
  tell_decoders(control::Command::pause);
}

void Watch::resume() {
  if (std::exchange(paused_by_, 0) == 0) return;
  for (const auto& stage : stages_) stage->begin_anew();
  tell_decoders(control::Command::resume);
}

void Watch::open(Edges edges, const std::vector<std::uint32_t>& shown) {
  std::vector<std::pair<std::uint32_t, std::string>> joinable;
  for (const std::uint32_t number : edges.numbers())
    joinable.emplace_back(number, edges.producer(number).name());
  facts_.set_edges(joinable, shown);
  guests_.open(std::move(edges));
  tell_guests();
}

void Watch::tell_guests() {
  if (!facts_.is_due()) return;
  const char* state = !running_           ? "starting"
                      : paused_by_ != 0   ? "paused"
                      : interrupted_ != 0 ? "finishing"
                                          : "running";
  guests_.tell(facts_.message(stages_, {state, running_ ? elapsed_s() : 0, duration_us_}));
}

void Watch::await_guests() {
  const auto until = Clock::now() + kGuestTime;
  while (!guests_.all_seated() && Clock::now() < until) pump(milliseconds(20));
}

void Watch::keep_guests() {
  guests_.set_over();
  while (guests_.any()) {
    wait_for_events(kRound);
    if (signals_.take() != 0) break;
  }
}

/// Of a playback's window: it may send the decoder elsewhere, and nothing more.
void Watch::pass_on(const control::Message& request) {
  if (request.get("what") != "seek") return;
  control::Message seek{"seek", {}, {}};
  for (const char* field : {"time_us", "number", "audio", "subtitles"}) {
    if (const auto number = request.number(field)) seek.fields[field] = std::to_string(*number);
  }
  if (request.get("before") == "1") seek.fields["before"] = "1";
  stages_.front()->tell(seek);
}

void Watch::check_progress() {
  const auto now = Clock::now();
  // Where we ourselves were held up (by a slow disk, by SIGSTOP to all of the job) nobody was listened to.
  const auto held_up = now - std::exchange(checked_, now) - 2 * kRound;
  if (held_up > Clock::duration::zero())
    for (const auto& stage : stages_) stage->forget(held_up);
  if (terms_.stage_timeout_s <= 0 || paused_by_ != 0) return;
  // Until a successor has begun and made up for what its predecessors gave, the others have nothing to do but to
  // take what joins them to it.
  const auto is_successor = [this](const auto& stage) {
    return stage->is_catching_up() || (replacing_ && stage == stages_[replacing_->stage]);
  };
  const bool others_wait = std::any_of(stages_.begin(), stages_.end(), is_successor);
  std::vector<Stage*> busy;
  Clock::time_point newest_work{};
  for (const auto& stage : stages_) {
    if (others_wait && !is_successor(stage) && stage->links_owed == 0 && !stage->done) {
      stage->begin_anew();
      continue;
    }
    newest_work = std::max(newest_work, stage->last_work);  // that it is done is work, too
    if (stage->is_busy()) busy.push_back(stage.get());
  }
  if (busy.empty()) return;
  const auto is_long_ago = [this, now](Clock::time_point then) {
    return std::chrono::duration<double>(now - then).count() >= terms_.stage_timeout_s;
  };
  // Whoever stopped first made the others stop.
  const auto by_change = [](const Stage* a, const Stage* b) {
    return a->last_change < b->last_change;
  };
  const auto by_work = [](const Stage* a, const Stage* b) { return a->last_work < b->last_work; };
  Stage* stuck = *std::min_element(busy.begin(), busy.end(), by_change);
  if (!is_long_ago(stuck->last_change)) {
    // All talk, but as long as one of them gets on the others may be waiting for it.
    if (!running_ || !is_long_ago(newest_work)) return;
    stuck = *std::min_element(busy.begin(), busy.end(), by_work);
  }
  stuck->timed_out = true;
  stuck->process.kill();
}

void Watch::tend_finished() {
  if (stages_.empty()) return;
  const auto now = Clock::now();
  for (const auto& stage : stages_) {
    if (!stage->done || stage->has_ended() || now - stage->last_change < kLeaveTime) continue;
    report_.warning(stage->name(), "has finished but does not leave; killed");
    stage->process.kill();
  }
  if (running_) release_sources();
  if (running_ && sinks_done()) release_upstream(now);
}

/// The encoders have all that they want. With a frame limit the others may be waiting for it, for ever.
void Watch::release_upstream(Clock::time_point now) {
  const auto since = now - last_done();
  for (const auto& each : stages_) {
    Stage& stage = *each;
    if (is_sink(stage) || stage.done || stage.has_ended()) continue;
    if (!terms_.limited) {
      if (since < kLeaveTime) continue;
      stage.timed_out = true;
      stage.process.kill();
    } else if (!stage.stop_sent) {
      stage.command(control::Command::stop);
    } else if (since >= kReleaseTime + kAbortTime) {
      stage.process.kill();
    } else if (since >= kReleaseTime && !stage.abort_sent) {
      stage.command(control::Command::abort);
    }
  }
}

void Watch::show_progress() {
  if (running_ && progress_.is_due()) progress_.update(counts(), elapsed_s());
}

bool Watch::all_ended() const {
  return std::all_of(stages_.begin(), stages_.end(),
                     [](const auto& stage) { return stage->has_ended(); });
}

bool Watch::sinks_done() const {
  return std::all_of(stages_.begin(), stages_.end(),
                     [this](const auto& stage) { return !is_sink(*stage) || stage->done; });
}

/// Where the frames end: an encoder, or the window of a playback.
bool Watch::is_sink(const Stage& stage) const {
  return stage.kind() == (terms_.plays ? "viewer" : "encoder");
}

/// When the last sink so far was done.
Clock::time_point Watch::last_done() const {
  Clock::time_point last{};
  for (const auto& stage : stages_)
    if (is_sink(*stage) && stage->done) last = std::max(last, stage->last_change);
  return last;
}

double Watch::elapsed_s() const {
  const bool over = !stages_.empty() && sinks_done();
  const auto end = over ? last_done() : Clock::now();
  return std::max(0.0, std::chrono::duration<double>(end - began_).count());
}

std::vector<StageCounts> Watch::counts() const {
  std::vector<StageCounts> all;
  for (const auto& stage : stages_)
    all.push_back({stage->kind(), stage->name(), stage->counts, stage->streams});
  return all;
}

}  // namespace latham::supervisor
