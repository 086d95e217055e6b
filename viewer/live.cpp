// SPDX-License-Identifier: MIT
#include "viewer/live.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "viewer/feed.h"
#include "viewer/screen.h"
#include "viewer/title.h"

namespace latham::viewer {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// A key or a covered window is noticed this soon; frames and commands ring the bell.
constexpr milliseconds kLook{12};
/// A job faster than the eye needs no more pictures than this: the processor is the job's.
constexpr milliseconds kPictureEvery{33};

/// For the source of a screenshot; then it is saved without.
constexpr milliseconds kSourceWait{1500};

double now_s() {
  return std::chrono::duration<double>(Clock::now().time_since_epoch()).count();
}

class Live {
 public:
  Live(stage::Stage& stage, const LiveOptions& options)
      : stage_(stage), screen_(title_of({.name = options.title}), Use::job) {
    facts_.name = options.title;
    if (options.duration_us > 0)
      facts_.duration_seconds = static_cast<double>(options.duration_us) / 1e6;
    wiring_ = &stage_.connect({});
    if (wiring_->in() == nullptr)
      throw StageFailure(FailureKind::failed, "take a frame: no edge was handed over");
    output_.emplace(*wiring_->in());
    if (wiring_->in(1) != nullptr) source_.emplace(*wiring_->in(1));
    stage_.report([this] { return counters(); });
  }

  stage::Counters run() {
    while (!closed_ && !stage_.stopping()) {
      stage_.serve();
      if (auto news = stage_.take(control::Command::facts)) hear(std::move(*news));
      for (const Event& event : screen_.take_events()) obey(event);
      take_frames();
      // A window opens with its first picture, and without one nobody could close it.
      if (ended_ && !shown_.output && !to_show_)
        throw StageFailure(FailureKind::input, "the job ended before there was a picture to see");
      if (Clock::now() >= next_picture_ && to_show_) show();
      save_pair();
      screen_.say(words());
      screen_.refresh();
      screen_.window().set_title(title_of(facts_));
      complain();
      rest();
    }
    return counters();
  }

 private:
  /// Until something may have happened. The screen has no bell, so this sleep is short.
  void rest() {
    const auto early =
        std::chrono::duration_cast<milliseconds>(next_picture_ - Clock::now()) + milliseconds(1);
    const bool waits_for_frame = early <= milliseconds(0) || compares();
    wiring_->bell().wait(
        [&] {
          return stage_.stopping() || (waits_for_frame && output_->ready()) ||
                 (compares() && pairs_.wants_source(Clock::now()) && source_->ready());
        },
        waits_for_frame ? kLook : std::min(kLook, early));
  }

  [[nodiscard]] bool compares() const { return source_ && (screen_.wants_source() || save_until_); }

  void take_frames() {
    if (!compares()) {
      pairs_.clear();
      if (Clock::now() >= next_picture_) {
        if (TakenFrame taken = take_output()) to_show_ = Pair{std::move(taken), nullptr, false};
      }
      return;
    }
    const auto now = Clock::now();
    if (pairs_.wants_source(now)) {
      if (TakenFrame taken = source_->take()) pairs_.add_source(std::move(taken), now);
    }
    // The job may hold still: then its last frame is what there is.
    TakenFrame taken = take_output();
    const bool again = !taken && shown_.output && !shown_.source;
    if ((taken || again) && pairs_.add_output(taken ? std::move(taken) : shown_.output, now))
      to_show_ = pairs_.pair();
  }

  TakenFrame take_output() {
    TakenFrame taken = output_->take();
    if (output_->ended()) ended_ = true;
    if (taken) meter_.note(taken->number, now_s());
    return taken;
  }

  void show() {
    next_picture_ = Clock::now() + kPictureEvery;
    const bool is_new = !shown_.output || to_show_->output->number != shown_.output->number;
    shown_ = *std::exchange(to_show_, std::nullopt);
    if (is_new) ++pictures_;
    drawn_.note(pictures_, now_s());
    facts_.seconds.reset();
    if (shown_.output->time_us != AV_NOPTS_VALUE)
      facts_.seconds = static_cast<double>(shown_.output->time_us) / 1e6;
    screen_.show(shown_, words());
  }

  /// Both pictures are saved, also while only one is looked at: as soon as the other is found.
  void save_pair() {
    if (!save_until_ || (!shown_.matched && Clock::now() < *save_until_)) return;
    save_until_.reset();
    screen_.save();
  }

  void hear(control::Message news) {
    job_ = std::move(news);
    const std::string state = job_.get("state");
    if (state == "ended") ended_ = true;
    paused_ = state == "paused";
  }

  [[nodiscard]] Words words() {
    facts_.fps = meter_.fps();
    facts_.ended = ended_;
    facts_.paused = paused_;
    facts_.asking_to_stop = asking_;
    Words all;
    if (ended_)
      all.badges.emplace_back("ended");
    else if (paused_)
      all.badges.emplace_back("paused");
    if (asking_) all.question = "stop the job here and finish its file?  y/n";
    if (screen_.wants_info() && shown_.output) {
      ShownFacts shown;
      shown.number = shown_.output->number;
      shown.shown = pictures_;
      shown.skipped = output_->skipped();
      shown.seconds = facts_.seconds;
      shown.fps_in = meter_.fps();
      shown.fps_out = drawn_.fps();
      shown.renderer = screen_.window().renderer_name();
      all.info = picture_lines(*shown_.output->frame, shown);
      const std::vector<std::string> job = job_lines(job_);
      all.info.insert(all.info.end(), job.begin(), job.end());
    }
    return all;
  }

  void obey(const Event& event) {
    const Action action = event.kind == Event::Kind::action ? event.action : Action::none;
    if (asking_ && action != Action::none) {
      asking_ = false;
      if (action == Action::yes) ask("stop");
      return;
    }
    if (action == Action::screenshot && source_ && shown_.output && !shown_.matched) {
      save_until_ = Clock::now() + kSourceWait;
      return;
    }
    if (screen_.obey(event)) return;
    if (action == Action::close) closed_ = true;
    if (ended_) return;
    if (action == Action::pause) {
      paused_ = !paused_;
      ask(paused_ ? "pause" : "resume");
    }
    if (action == Action::stop) asking_ = true;
  }

  /// The job is the supervisor's; we can only ask.
  void ask(const char* what) { stage_.status().say({"request", {{"what", what}}, {}}); }

  void complain() {
    for (; complained_ < screen_.complaints().size(); ++complained_)
      stage_.status().warning(screen_.complaints()[complained_]);
  }

  [[nodiscard]] stage::Counters counters() const {
    return {{"frames_in", static_cast<std::int64_t>(pictures_)},
            {"skipped", static_cast<std::int64_t>(output_->skipped())}};
  }

  stage::Stage& stage_;
  Screen screen_;  ///< Before `ready` is said: without a display there is no viewer.
  stage::Wiring* wiring_ = nullptr;
  std::optional<Feed> output_;
  std::optional<Feed> source_;
  Pairs pairs_;
  std::optional<Pair> to_show_;
  Pair shown_;
  TitleFacts facts_;
  FpsMeter meter_;
  FpsMeter drawn_;
  control::Message job_;
  std::uint64_t pictures_ = 0;
  std::size_t complained_ = 0;
  Clock::time_point next_picture_{};
  std::optional<Clock::time_point> save_until_;  ///< A screenshot waits for its source.
  bool paused_ = false;
  bool ended_ = false;
  bool asking_ = false;
  bool closed_ = false;
};

}  // namespace

stage::Counters watch_job(stage::Stage& stage, const LiveOptions& options) {
  // The processor is the job's first.
  (void)::setpriority(PRIO_PROCESS, 0, 5);
  return Live(stage, options).run();
}

}  // namespace latham::viewer
