// SPDX-License-Identifier: MIT
#include "viewer/player.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "media/stream_table.h"
#include "viewer/feed.h"
#include "viewer/play_clock.h"
#include "viewer/screen.h"
#include "viewer/sound.h"
#include "viewer/title.h"

namespace latham::viewer {
namespace {

using Clock = PlayClock::Clock;
using std::chrono::milliseconds;

constexpr milliseconds kLook{10};
/// In the device: enough to bridge a slow round, little enough for volume keys to be heard soon.
constexpr double kQueuedSound = 0.25;
/// Waiting here. More is left in the packet ring, and holds up the decoder.
constexpr std::size_t kMostSound = 2000;
constexpr std::int64_t kSecondUs = 1'000'000;
constexpr double kSlowest = 0.25;
constexpr double kFastest = 4;
constexpr double kSpeedStep = 1.1;
constexpr double kLoudest = 1.3;
constexpr double kVolumeStep = 0.05;

class Player {
 public:
  Player(stage::Stage& stage, const PlayOptions& options)
      : stage_(stage), options_(options), screen_(title_of({.name = options.title}), Use::file) {
    for (media::StreamEntry& stream : media::read_table(stage_.take_tables(1).front()).streams)
      if (stream.parameters->codec_type == AVMEDIA_TYPE_AUDIO) tracks_.push_back(std::move(stream));
    wiring_ = &stage_.connect({});
    if (wiring_->in() == nullptr || wiring_->packets_in().empty())
      throw StageFailure(FailureKind::failed, "play a file: no decoder was joined");
    feed_.emplace(*wiring_->in());
    stage_.report([this] { return counters(); });
    sound_.set_paused(true);
    if (options_.start_us > 0) seek(options_.start_us);
  }

  stage::Counters run() {
    while (!closed_ && !stage_.stopping()) {
      stage_.serve();
      for (const Event& event : screen_.take_events()) obey(event);
      take_messages();
      feed_sound();
      take_frame();
      follow_sound();
      show_due();
      check_end();
      screen_.say(words());
      screen_.refresh();
      screen_.window().set_title(title());
      complain();
      rest();
    }
    return counters();
  }

 private:
  struct Chunk {
    media::Frame frame;
    std::int64_t time_us;
  };

  void rest() {
    auto longest = kLook;
    if (next_ && !paused_ && next_->time_us != AV_NOPTS_VALUE) {
      const double until =
          static_cast<double>(next_->time_us - clock_.at(Clock::now())) / 1000 / clock_.speed();
      longest = milliseconds(std::clamp(static_cast<int>(until), 1, int{kLook.count()}));
    }
    wiring_->bell().wait(
        [&] {
          return stage_.stopping() || (!next_ && feed_->ready()) ||
                 (waiting_sound_.size() < kMostSound && sounds_in().ready());
        },
        longest);
  }

  // ---- what the decoder sends ----

  [[nodiscard]] transport::PacketReceiver& sounds_in() const {
    return *wiring_->packets_in().front().receiver;
  }

  void take_messages() {
    while (waiting_sound_.size() < kMostSound) {
      switch (sounds_in().receive(message_)) {
        case transport::Status::ok:
          break;
        case transport::Status::again:
        case transport::Status::end:
          return;
        default:
          throw StageFailure(FailureKind::neighbour, "take sound: the decoder is gone");
      }
      take_message();
    }
  }

  void take_message() {
    switch (media::kind_of(message_)) {
      case media::MessageKind::audio: {
        Chunk chunk{media::make_frame(), 0};
        const int stream = media::read_audio(message_, *chunk.frame);
        track_ = stream;
        if (chunk.frame->pts == AV_NOPTS_VALUE || chunk.frame->sample_rate <= 0) break;
        chunk.time_us =
            av_rescale_q(chunk.frame->pts, {1, chunk.frame->sample_rate}, {1, AV_TIME_BASE});
        if (!is_seeking() && (fresh_ || chunk.time_us >= from_us_))
          waiting_sound_.push_back(std::move(chunk));
        break;
      }
      case media::MessageKind::mark: {
        const media::SeekMark mark = media::read_mark(message_);
        reached_ = mark.number;
        first_frame_ = mark.first_frame;
        at_end_ = false;
        break;
      }
      case media::MessageKind::end:
        at_end_ = !is_seeking();
        break;
      case media::MessageKind::packet:
        break;
    }
  }

  [[nodiscard]] bool is_seeking() const { return reached_ != asked_; }

  void take_frame() {
    while (!next_) {
      TakenFrame taken = feed_->take();
      if (!taken) return;
      // Of before the seek, or of before one that is still on its way.
      if (is_seeking() || taken->number < first_frame_) continue;
      next_ = std::move(taken);
    }
  }

  void feed_sound() {
    // Not before the picture of the same moment.
    while (!waiting_sound_.empty() && shown_.output && !fresh_ && sound_.queued() < kQueuedSound) {
      const Chunk chunk = std::move(waiting_sound_.front());
      waiting_sound_.pop_front();
      try {
        sound_.push(*chunk.frame, chunk.time_us);
      } catch (const std::exception& error) {
        if (!std::exchange(sound_failed_, true))
          stage_.status().warning(fmt::format("viewer: {}", error.what()));
      }
    }
    if (!sound_.is_there()) waiting_sound_.clear();
  }

  void follow_sound() {
    if (paused_ || fresh_) return;
    if (const auto heard = sound_.now_us()) {
      clock_.follow(*heard, Clock::now());
      if (shown_.output && shown_.output->time_us != AV_NOPTS_VALUE)
        apart_us_ = shown_.output->time_us - *heard;
    }
  }

  // ---- pictures in their time ----

  void show_due() {
    if (!next_) return;
    const auto now = Clock::now();
    if (fresh_) {
      // The first one of a new place: time begins with it.
      if (next_->time_us != AV_NOPTS_VALUE) clock_.set(next_->time_us, now);
      from_us_ = clock_.at(now) - kSecondUs / 20;
      std::erase_if(waiting_sound_, [&](const Chunk& chunk) { return chunk.time_us < from_us_; });
      show();
      fresh_ = false;
      set_running();
      return;
    }
    if (paused_) {
      if (!std::exchange(step_, false)) return;
      if (next_->time_us != AV_NOPTS_VALUE) clock_.set(next_->time_us, now);
      sound_.clear();
      waiting_sound_.clear();
      show();
      stepped_ = true;
      return;
    }
    // A viewer that is too slow leaves frames out rather than time.
    while (next_ && is_due(*next_, now)) {
      TakenFrame following = feed_->take();
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
    drawn_.note(pictures_, static_cast<double>(Clock::now().time_since_epoch().count()) / 1e9);
    screen_.show(shown_, words());
  }

  void check_end() {
    if (!at_end_ || next_ || feed_->ready() || fresh_ || is_seeking()) return;
    if (!waiting_sound_.empty() || sound_.queued() > 0.01) {
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
    time_us = std::max<std::int64_t>(time_us, 0);
    ++asked_;
    wish_us_ = time_us;
    control::Message wish{"request",
                          {{"what", "seek"},
                           {"time_us", std::to_string(time_us)},
                           {"number", std::to_string(asked_)}},
                          {}};
    if (before) wish.fields.emplace("before", std::string(1, '1'));
    if (wanted_track_) wish.fields["audio"] = std::to_string(*wanted_track_);
    stage_.status().say(wish);
    sound_.clear();
    waiting_sound_.clear();
    next_.reset();
    fresh_ = true;
    ended_ = at_end_ = stepped_ = false;
    clock_.set_paused(true, Clock::now());
  }

  /// Where the user is, or is going to.
  [[nodiscard]] std::int64_t position_us() const {
    return fresh_ && asked_ != 0 ? wish_us_ : clock_.at(Clock::now());
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

  void set_volume(double volume) {
    volume_ = std::clamp(volume, 0.0, kLoudest);
    sound_.set_gain(muted_ ? 0 : volume_);
    screen_.remark(muted_ ? "mute" : fmt::format("volume {:.0f} %", volume_ * 100));
  }

  void next_track() {
    if (tracks_.size() < 2) {
      screen_.remark(tracks_.empty() ? "no sound" : "only one sound track");
      return;
    }
    const auto now = std::find_if(tracks_.begin(), tracks_.end(),
                                  [&](const auto& track) { return track.index == track_; });
    const auto next = now == tracks_.end() || now + 1 == tracks_.end() ? tracks_.begin() : now + 1;
    wanted_track_ = next->index;
    screen_.remark(fmt::format("sound: stream {}, {}{}", next->index,
                               avcodec_get_name(next->parameters->codec_id), language_of(*next)));
    seek(position_us());
  }

  static std::string language_of(const media::StreamEntry& stream) {
    for (const auto& [key, value] : stream.tags)
      if (key == "language") return ", " + value;
    return "";
  }

  void obey(const Event& event) {
    if (event.kind == Event::Kind::press || event.kind == Event::Kind::drag) {
      if (const auto at = screen_.on_bar(event.at); at && options_.duration_us > 0) {
        seek(static_cast<std::int64_t>(*at * static_cast<double>(options_.duration_us)));
        return;
      }
    }
    if (screen_.obey(event) || event.kind != Event::Kind::action) return;
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
        if (shown_.output && !is_seeking()) seek(shown_.output->time_us, true);
        break;
      case Action::back_short:
        seek(position_us() - 5 * kSecondUs);
        break;
      case Action::forward_short:
        seek(position_us() + 5 * kSecondUs);
        break;
      case Action::back_exact:
        seek(position_us() - kSecondUs);
        break;
      case Action::forward_exact:
        seek(position_us() + kSecondUs);
        break;
      case Action::back_long:
        seek(position_us() - 60 * kSecondUs);
        break;
      case Action::forward_long:
        seek(position_us() + 60 * kSecondUs);
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
        set_volume(volume_ - kVolumeStep);
        break;
      case Action::louder:
        set_volume(volume_ + kVolumeStep);
        break;
      case Action::mute:
        muted_ = !muted_;
        set_volume(volume_);
        break;
      case Action::next_audio:
        next_track();
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
      shown.fps_out = drawn_.fps();
      shown.renderer = screen_.window().renderer_name();
      all.info = picture_lines(*shown_.output->frame, shown);
      all.info.push_back(sound_line());
    }
    return all;
  }

  [[nodiscard]] std::string sound_line() const {
    if (!sound_.is_there()) return "sound    no device";
    if (tracks_.empty()) return "sound    none";
    std::string text = fmt::format("sound    stream {}, {:.0f} %", track_, volume_ * 100);
    if (muted_) text += ", mute";
    if (clock_.speed() != 1) text += fmt::format(", speed {:.2f}", clock_.speed());
    if (apart_us_) text += fmt::format(", A/V {:+.0f} ms", static_cast<double>(*apart_us_) / 1000);
    return text;
  }

  void complain() {
    for (; complained_ < screen_.complaints().size(); ++complained_)
      stage_.status().warning("viewer: " + screen_.complaints()[complained_]);
  }

  [[nodiscard]] stage::Counters counters() const {
    return {{"frames_in", static_cast<std::int64_t>(feed_->number())},
            {"shown", static_cast<std::int64_t>(pictures_)},
            {"skipped", static_cast<std::int64_t>(dropped_)},
            {"time_us", position_us()}};
  }

  stage::Stage& stage_;
  PlayOptions options_;
  Screen screen_;  ///< Before `ready` is said: without a display there is no viewer.
  Sound sound_;
  stage::Wiring* wiring_ = nullptr;
  std::optional<Feed> feed_;
  std::vector<std::byte> message_;
  std::vector<media::StreamEntry> tracks_;  ///< Of sound.
  int track_ = -1;                          ///< The stream that is heard.
  std::optional<int> wanted_track_;
  std::deque<Chunk> waiting_sound_;
  PlayClock clock_;
  TakenFrame next_;
  Pair shown_;
  FpsMeter drawn_;
  std::uint32_t asked_ = 0;    ///< Seeks so far.
  std::uint32_t reached_ = 0;  ///< The last one whose mark has come.
  std::uint64_t first_frame_ = 0;
  std::int64_t wish_us_ = 0;
  std::int64_t from_us_ = INT64_MIN;  ///< Sound of before is not played.
  std::optional<std::int64_t> apart_us_;
  std::uint64_t pictures_ = 0;
  std::uint64_t dropped_ = 0;
  std::size_t complained_ = 0;
  double volume_ = 1;
  bool muted_ = false;
  bool fresh_ = true;  ///< The next frame is the first of a new place.
  bool paused_ = false;
  bool step_ = false;
  bool stepped_ = false;
  bool at_end_ = false;  ///< The decoder has sent all.
  bool ended_ = false;   ///< And all was shown.
  bool sound_failed_ = false;
  bool closed_ = false;
};

}  // namespace

stage::Counters play(stage::Stage& stage, const PlayOptions& options) {
  return Player(stage, options).run();
}

}  // namespace latham::viewer
