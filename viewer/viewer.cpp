// SPDX-License-Identifier: MIT
#include "viewer/viewer.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "media/av_log.h"
#include "media/frame_wire.h"
#include "stage/arguments.h"
#include "viewer/colour.h"
#include "viewer/picture.h"
#include "viewer/screenshot.h"
#include "viewer/title.h"
#include "viewer/window.h"

namespace latham::viewer {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// A key or a covered window is noticed this soon; frames and commands ring the bell.
constexpr milliseconds kLook{12};
/// A job faster than the eye needs no more pictures than this: the processor is the job's.
constexpr milliseconds kPictureEvery{33};

struct Options {
  std::string title;
  std::string log_level;
  long long duration_us = 0;
};

Options read_options(int argc, char** argv) {
  const stage::Arguments args =
      stage::parse_arguments(argc, argv, {"title", "duration_us", "loglevel"}, {});
  return {args.get("title", "latham"), args.get("loglevel"), args.number("duration_us", 0, 0)};
}

class Viewer {
 public:
  Viewer(stage::Stage& stage, const Options& options)
      : stage_(stage), window_(title_of({options.title, {}, {}, {}, false, false, false, {}})) {
    facts_.name = options.title;
    if (options.duration_us > 0)
      facts_.duration_seconds = static_cast<double>(options.duration_us) / 1e6;
    wiring_ = &stage_.connect({});
    in_ = wiring_->in();
    if (in_ == nullptr)
      throw StageFailure(FailureKind::failed, "take a frame: no edge was handed over");
    stage_.report([this] { return counters(); });
  }

  stage::Counters run() {
    while (!closed_ && !stage_.stopping()) {
      stage_.serve();
      for (const Action action : window_.take_actions()) obey(action);
      if (Clock::now() >= next_picture_ && take_frame()) show();
      if (window_.take_stale()) draw();
      window_.set_title(title_of(facts_));
      rest();
    }
    return counters();
  }

 private:
  /// Until something may have happened. The screen has no bell, so this sleep is short.
  void rest() {
    const auto early =
        std::chrono::duration_cast<milliseconds>(next_picture_ - Clock::now()) + milliseconds(1);
    const bool waits_for_frame = early <= milliseconds(0);
    wiring_->bell().wait(
        [&] { return stage_.stopping() || (waits_for_frame && !facts_.ended && in_->ready()); },
        waits_for_frame ? kLook : std::min(kLook, early));
  }

  /// The newest frame, where it is newer than the one that is shown.
  bool take_frame() {
    if (facts_.ended) return false;
    transport::IncomingFrame incoming;
    switch (in_->receive(incoming)) {
      case transport::Status::ok:
        break;
      case transport::Status::end:
        facts_.ended = true;
        return false;
      case transport::Status::again:
        return false;
      default:
        throw StageFailure(FailureKind::failed, "take a frame: the sender broke the protocol");
    }
    const std::uint64_t number = incoming.number;
    media::Frame frame = media::make_frame();
    media::StreamNote note;
    if (!media::wrap(std::move(incoming), *frame, note))
      throw StageFailure(FailureKind::failed,
                         fmt::format("take frame {}: its description makes no sense", number));
    if (number_ != 0) skipped_ += number - number_ - 1;
    number_ = number;
    meter_.note(number, std::chrono::duration<double>(Clock::now().time_since_epoch()).count());
    facts_.fps = meter_.fps();
    facts_.seconds.reset();
    if (frame->pts != AV_NOPTS_VALUE)
      facts_.seconds = static_cast<double>(frame->pts) * av_q2d(note.time_base);
    frame_ = std::move(frame);
    return true;
  }

  void show() {
    next_picture_ = Clock::now() + kPictureEvery;
    ++shown_;
    shape_ = display_size(frame_->width, frame_->height, frame_->sample_aspect_ratio);
    if (const std::string wrong = shortfall(*frame_);
        !wrong.empty() && !std::exchange(warned_, true))
      stage_.status().warning("viewer: " + wrong);
    if (info_) facts_.info = info();
    window_.open(shape_);
    (void)window_.take_stale();
    draw();
  }

  void draw() {
    if (!frame_) return;
    // Scaled down here, where it is done well and saves work; up by the renderer.
    const Rect at = letterbox(shape_, window_.room());
    const Size size{std::clamp(at.width, 1, frame_->width),
                    std::clamp(at.height, 1, frame_->height)};
    if (drawn_ != number_ || !(picture_.size == size)) {
      screen_.convert(*frame_, size, picture_);
      drawn_ = number_;
    }
    window_.draw(picture_, shape_);
  }

  void obey(Action action) {
    if (std::exchange(facts_.asking_to_stop, false) && action != Action::none) {
      if (action == Action::yes) ask("stop");
      return;
    }
    switch (action) {
      case Action::close:
        closed_ = true;
        break;
      case Action::pause:
        if (facts_.ended) break;
        facts_.paused = !facts_.paused;
        ask(facts_.paused ? "pause" : "resume");
        break;
      case Action::fullscreen:
        window_.toggle_fullscreen();
        break;
      case Action::screenshot:
        save();
        break;
      case Action::info:
        info_ = !info_;
        facts_.info = info_ && frame_ ? info() : "";
        break;
      case Action::stop:
        facts_.asking_to_stop = !facts_.ended;
        break;
      case Action::yes:
      case Action::none:
        break;
    }
  }

  /// The job is the supervisor's; we can only ask.
  void ask(const char* what) { stage_.status().say({"request", {{"what", what}}, {}}); }

  void save() {
    if (!frame_) return;
    try {
      facts_.info = "saved " + save_screenshot(*frame_, ".");
    } catch (const std::exception& error) {
      stage_.status().warning(fmt::format("viewer: screenshot: {}", error.what()));
    }
  }

  [[nodiscard]] std::string info() const {
    const char* format = av_get_pix_fmt_name(static_cast<AVPixelFormat>(frame_->format));
    std::string text =
        fmt::format("{}x{} {} {}", frame_->width, frame_->height,
                    format != nullptr ? format : "unknown", colour_of(*frame_).text());
    const AVRational sar = frame_->sample_aspect_ratio;
    if (sar.num > 0 && sar.num != sar.den) text += fmt::format(" SAR {}:{}", sar.num, sar.den);
    return text + fmt::format(" | frame {}, {} shown, {} skipped | {}", number_, shown_, skipped_,
                              window_.renderer_name());
  }

  [[nodiscard]] stage::Counters counters() const {
    return {{"frames_in", static_cast<std::int64_t>(shown_)},
            {"skipped", static_cast<std::int64_t>(skipped_)}};
  }

  stage::Stage& stage_;
  Window window_;  ///< Before `ready` is said: without a display there is no viewer.
  stage::Wiring* wiring_ = nullptr;
  transport::FrameReceiver* in_ = nullptr;
  Converter screen_{AV_PIX_FMT_RGB32};
  TitleFacts facts_;
  FpsMeter meter_;
  media::Frame frame_;  ///< The one that is shown, held so that it can be drawn and saved again.
  Picture picture_;
  Size shape_;
  std::uint64_t number_ = 0;  ///< Of frame_.
  std::uint64_t drawn_ = 0;   ///< Of picture_.
  std::uint64_t shown_ = 0;
  std::uint64_t skipped_ = 0;
  Clock::time_point next_picture_{};
  bool info_ = false;
  bool warned_ = false;
  bool closed_ = false;
};

}  // namespace

stage::Counters view_frames(stage::Stage& stage, int argc, char** argv) {
  const Options options = read_options(argc, argv);
  media::capture_log("viewer", options.log_level);
  stage.confine({.devices = true});  // graphics drivers
  // The processor is the job's first.
  (void)::setpriority(PRIO_PROCESS, 0, 5);
  return Viewer(stage, options).run();
}

}  // namespace latham::viewer
