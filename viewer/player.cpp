// SPDX-License-Identifier: MIT
#include "viewer/player.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "viewer/play_clock.h"
#include "viewer/play_input.h"
#include "viewer/screen.h"
#include "viewer/soundtrack.h"
#include "viewer/subtitles.h"
#include "viewer/title.h"

namespace latham::viewer {
namespace {

using Clock = PlayClock::Clock;
using std::chrono::milliseconds;

constexpr milliseconds kLook{10};
constexpr std::int64_t kSecondUs = 1'000'000;
constexpr double kSlowest = 0.25;
constexpr double kFastest = 4;
constexpr double kSpeedStep = 1.1;
constexpr double kVolumeStep = 0.05;

double now_s() {
  return std::chrono::duration<double>(Clock::now().time_since_epoch()).count();
}

class Player {
 public:
  Player(stage::Stage& stage, const PlayOptions& options)
      : stage_(stage),
        options_(options),
        screen_(title_of({.name = options.title}), Use::file),
        table_(media::read_table(stage.take_tables(1).front())),
        wiring_(stage.connect({})),
        input_(stage, wiring_) {
    stage_.report([this] { return counters(); });
    sound_.set_paused(true);
    if (options_.start_us > 0) seek(options_.start_us);
  }

  stage::Counters run() {
    while (!closed_ && !stage_.stopping()) {
      stage_.serve();
      for (const Event& event : screen_.take_events()) obey(event);
      input_.receive();
      feed_sound();
      if (!next_) next_ = input_.take_frame();
      follow_sound();
      show_due();
      check_end();
      show_subtitles();
      screen_.say(words());
      screen_.refresh();
      screen_.window().set_title(title());
      complain();
      rest();
    }
    return counters();
  }

 private:
  void rest() {
    auto longest = kLook;
    if (next_ && !paused_ && next_->time_us != AV_NOPTS_VALUE) {
      const double until =
          static_cast<double>(next_->time_us - clock_.at(Clock::now())) / 1000 / clock_.speed();
      longest = milliseconds(std::clamp(static_cast<int>(until), 1, int{kLook.count()}));
    }
    wiring_.bell().wait(
        [&] { return stage_.stopping() || (!next_ && input_.has_frame()) || input_.has_message(); },
        longest);
  }

  void feed_sound() {
    // Not before the picture of the same moment.
    if (!shown_.output || fresh_) return;
    if (const std::string failure = sound_.feed(input_.sound()); !failure.empty())
      stage_.status().warning(failure);
  }

  void follow_sound() {
    if (paused_ || fresh_) return;
    if (const auto heard = sound_.now_us()) {
      clock_.follow(*heard, Clock::now());
      if (shown_.output && shown_.output->time_us != AV_NOPTS_VALUE)
        apart_us_ = shown_.output->time_us - *heard;
    }
  }

  void show_subtitles() {
    if (const std::string failure = subtitles_.feed(input_.take_subtitles()); !failure.empty())
      stage_.status().warning(failure);
    if (!shown_.output || fresh_) return;
    const AVFrame& frame = *shown_.output->frame;
    const Size film =
        orientation_of(frame, shown_.output->note).turned({frame.width, frame.height});
    if (auto patches = subtitles_.at(clock_.at(Clock::now()), screen_.picture_size(), film))
      screen_.set_patches(std::move(*patches));
  }

  // ---- pictures in their time ----

  void show_due() {
    if (!next_) return;
    const auto now = Clock::now();
    if (fresh_) {
      // The first one of a new place: time begins with it.
      if (next_->time_us != AV_NOPTS_VALUE) clock_.set(next_->time_us, now);
      input_.drop_sound_before(clock_.at(now) - kSecondUs / 20);
      show();
      fresh_ = false;
      set_running();
      return;
    }
    if (paused_) {
      if (!std::exchange(step_, false)) return;
      if (next_->time_us != AV_NOPTS_VALUE) clock_.set(next_->time_us, now);
      sound_.clear();
      input_.sound().clear();
      show();
      stepped_ = true;
      return;
    }
    // A viewer that is too slow leaves frames out rather than time.
    while (next_ && is_due(*next_, now)) {
      TakenFrame following = input_.take_frame();
      if (following && is_due(*following, now)) {
        next_ = std::move(following);
        ++dropped_;
        continue;
      }
      show();
      next_ = std::move(following);
      return;
    }
  }

  [[nodiscard]] bool is_due(const Taken& taken, Clock::time_point now) const {
    return taken.time_us == AV_NOPTS_VALUE || taken.time_us <= clock_.at(now);
  }

  void show() {
    shown_ = {std::exchange(next_, nullptr), nullptr, false};
    ++pictures_;
    drawn_.note(pictures_, now_s());
    taken_.note(shown_.output->number, now_s());
    screen_.show(shown_, words());
  }

  void check_end() {
    if (!input_.at_end() || next_ || input_.has_frame() || fresh_ || input_.is_seeking()) return;
    if (!input_.sound().empty() || sound_.is_heard()) {
      if (!paused_) return;
    }
    if (options_.loop && !paused_) {
      seek(0);
    } else if (!ended_) {
      ended_ = true;
      clock_.set_paused(true, Clock::now());
    }
  }

  // ---- going elsewhere ----

  void seek(std::int64_t time_us, bool before = false) {
    if (options_.duration_us > 0) time_us = std::min(time_us, options_.duration_us);
    wish_us_ = std::max<std::int64_t>(time_us, 0);
    std::map<std::string, std::string> wishes;
    if (const auto track = sound_.wanted()) wishes["audio"] = std::to_string(*track);
    if (const auto track = subtitles_.wanted()) wishes["subtitles"] = std::to_string(*track);
    input_.seek({wish_us_, before}, wishes);
    sound_.clear();
    next_.reset();
    fresh_ = true;
    ended_ = stepped_ = false;
    clock_.set_paused(true, Clock::now());
  }

  /// Where the user is, or is going to.
  [[nodiscard]] std::int64_t position_us() const {
    return fresh_ && input_.has_sought() ? wish_us_ : clock_.at(Clock::now());
  }

  void set_running() {
    clock_.set_paused(paused_, Clock::now());
    sound_.set_paused(paused_);
  }

  void pause(bool paused) {
    if (!paused && ended_) {
      paused_ = false;
      seek(0);
      return;
    }
    paused_ = paused;
    // Steps have left the sound behind: it is fetched anew.
    if (!paused && std::exchange(stepped_, false)) {
      seek(position_us());
      return;
    }
    if (!fresh_) set_running();
  }

  void set_speed(double speed) {
    speed = std::clamp(speed, kSlowest, kFastest);
    clock_.set_speed(speed, Clock::now());
    sound_.set_speed(speed);
    screen_.remark(fmt::format("speed {:.2f}", speed));
  }

  /// Of sound or subtitles. The decoder goes to where it is once more, for what the new one says there.
  template <class Kind>
  void choose_next(Kind& kind) {
    std::string remark;
    const bool other = kind.choose_next(remark);
    screen_.remark(remark);
    if (other) seek(position_us());
  }

  void obey(const Event& event) {
    if (event.kind == Event::Kind::press || event.kind == Event::Kind::drag) {
      if (const auto at = screen_.on_bar(event.at); at && options_.duration_us > 0) {
        seek(static_cast<std::int64_t>(*at * static_cast<double>(options_.duration_us)));
        return;
      }
    }
    if (screen_.obey(event) || event.kind != Event::Kind::action) return;
    if (const std::int64_t by_us = jump_of(event.action); by_us != 0) seek(position_us() + by_us);
    switch (event.action) {
      case Action::close:
        closed_ = true;
        break;
      case Action::pause:
        pause(!paused_ && !ended_);
        break;
      case Action::step:
        pause(true);
        step_ = true;
        break;
      case Action::step_back:
        pause(true);
        if (shown_.output && !input_.is_seeking()) seek(shown_.output->time_us, true);
        break;
      case Action::to_start:
        seek(0);
        break;
      case Action::slower:
        set_speed(clock_.speed() / kSpeedStep);
        break;
      case Action::faster:
        set_speed(clock_.speed() * kSpeedStep);
        break;
      case Action::half_speed:
        set_speed(clock_.speed() / 2);
        break;
      case Action::double_speed:
        set_speed(clock_.speed() * 2);
        break;
      case Action::normal_speed:
        set_speed(1);
        break;
      case Action::loop:
        options_.loop = !options_.loop;
        screen_.remark(options_.loop ? "starts again at the end" : "stops at the end");
        break;
      case Action::quieter:
        screen_.remark(sound_.change_volume(-kVolumeStep));
        break;
      case Action::louder:
        screen_.remark(sound_.change_volume(kVolumeStep));
        break;
      case Action::mute:
        screen_.remark(sound_.toggle_mute());
        break;
      case Action::next_audio:
        choose_next(sound_);
        break;
      case Action::next_subtitles:
        choose_next(subtitles_);
        break;
      case Action::subtitles_shown:
        screen_.remark(subtitles_.toggle_shown());
        break;
      default:
        break;
    }
  }

  // ---- words ----

  [[nodiscard]] std::string title() const {
    TitleFacts facts;
    facts.name = options_.title;
    facts.seconds = static_cast<double>(std::max<std::int64_t>(position_us(), 0)) / 1e6;
    if (options_.duration_us > 0)
      facts.duration_seconds = static_cast<double>(options_.duration_us) / 1e6;
    facts.paused = paused_;
    facts.ended = ended_;
    return title_of(facts);
  }

  [[nodiscard]] Words words() {
    Words all;
    if (ended_)
      all.badges.emplace_back("end");
    else if (paused_)
      all.badges.emplace_back("paused");
    if (options_.duration_us > 0 && (paused_ || fresh_ || screen_.wants_info()))
      all.bar = Bar{static_cast<double>(position_us()) / 1e6,
                    static_cast<double>(options_.duration_us) / 1e6};
    if (screen_.wants_info() && shown_.output) {
      ShownFacts shown;
      shown.number = shown_.output->number;
      shown.shown = pictures_;
      shown.skipped = dropped_;
      if (shown_.output->time_us != AV_NOPTS_VALUE)
        shown.seconds = static_cast<double>(shown_.output->time_us) / 1e6;
      shown.fps_in = taken_.fps();
      shown.fps_out = drawn_.fps();
      shown.renderer = screen_.window().renderer_name();
      all.info = picture_lines(*shown_.output->frame, shown);
      all.info.push_back(sound_line(sound_facts()));
      if (const std::string track = subtitles_.text(); !track.empty())
        all.info.push_back(subtitle_line(track));
    }
    return all;
  }

  [[nodiscard]] SoundFacts sound_facts() const {
    SoundFacts facts = sound_.facts();
    facts.speed = clock_.speed();
    if (apart_us_) facts.apart_ms = static_cast<double>(*apart_us_) / 1000;
    return facts;
  }

  void complain() {
    for (; complained_ < screen_.complaints().size(); ++complained_)
      stage_.status().warning(screen_.complaints()[complained_]);
  }

  [[nodiscard]] stage::Counters counters() const {
    return {{"frames_in", static_cast<std::int64_t>(input_.frames())},
            {"shown", static_cast<std::int64_t>(pictures_)},
            {"skipped", static_cast<std::int64_t>(dropped_)},
            {"time_us", position_us()}};
  }

  stage::Stage& stage_;
  PlayOptions options_;
  Screen screen_;  ///< Before `ready` is said: without a display there is no viewer.
  media::StreamTable table_;
  stage::Wiring& wiring_;
  PlayInput input_;
  Soundtrack sound_{table_};
  Subtitles subtitles_{table_};
  PlayClock clock_;
  TakenFrame next_;
  Pair shown_;
  FpsMeter taken_;
  FpsMeter drawn_;
  std::int64_t wish_us_ = 0;
  std::optional<std::int64_t> apart_us_;
  std::uint64_t pictures_ = 0;
  std::uint64_t dropped_ = 0;
  std::size_t complained_ = 0;
  bool fresh_ = true;  ///< The next frame is the first of a new place.
  bool paused_ = false;
  bool step_ = false;
  bool stepped_ = false;
  bool ended_ = false;  ///< All was shown.
  bool closed_ = false;
};

}  // namespace

stage::Counters play(stage::Stage& stage, const PlayOptions& options) {
  return Player(stage, options).run();
}

}  // namespace latham::viewer
