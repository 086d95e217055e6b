// SPDX-License-Identifier: MIT
#include "filter/filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "media/av_log.h"
#include "media/filter_access.h"
#include "media/filter_graph.h"
#include "media/frame_by_frame.h"
#include "media/frame_wire.h"
#include "media/shared_buffers.h"
#include "stage/arguments.h"
#include "stage/channel_end.h"

extern "C" {
#include <libavutil/parseutils.h>
}

namespace latham::filter {
namespace {

struct Options {
  media::FilterRequest request;
  int log_level = 0;  ///< ffmpeg's number.
};

Options read_options(int argc, char** argv) {
  const stage::Arguments args = stage::parse_arguments(
      argc, argv, {"vf", "-pix-fmts", "-colours", "s", "sws_flags", "threads", "loglevel"}, {});
  Options o;
  o.request.description = args.get("vf", "null");
  o.request.pixel_formats = args.get("-pix-fmts");
  std::replace(o.request.pixel_formats.begin(), o.request.pixel_formats.end(), ',', '|');
  o.request.colours = args.get("-colours");
  o.request.threads = args.get("threads");
  o.request.sws_flags = args.get("sws_flags");
  o.log_level = args.log_level();
  if (args.has("s") &&
      av_parse_video_size(&o.request.width, &o.request.height, args.get("s").c_str()) < 0)
    throw StageFailure(FailureKind::usage,
                       fmt::format("-s {}: not a size; try -s 1280x720", args.get("s")));
  return o;
}

class Job {
 public:
  Job(stage::Stage& stage, const Options& options)
      : stage_(stage),
        graph_(options.request),
        frame_by_frame_(media::is_frame_by_frame(options.request.description)),
        wiring_(stage.connect({{"frame_by_frame", frame_by_frame_ ? "1" : "0"}})),
        buffers_(*wiring_.out(), 1),
        writer_(*wiring_.out()),
        frame_(media::make_frame()),
        frames_in_(static_cast<std::int64_t>(done_up_to())) {
    stage_.report([this] { return counters(); });
  }

  stage::Counters run() {
    const auto publish = [this](AVFrame& frame, const media::StreamNote& note) {
      this->publish(frame, note);
    };
    for (;;) {
      stage_.serve();
      if (!wiring_.out()->ready()) {
        stage_.wait([this] { return wiring_.out()->ready(); });
        continue;
      }
      transport::IncomingFrame incoming;
      const transport::Status status = wiring_.in()->receive(incoming);
      if (status == transport::Status::again) {
        // What the encoder lets go of meanwhile goes back at once: of forwarded frames the decoder may need just
        // those to go on, and nothing else would wake us.
        stage_.wait([this] {
          (void)wiring_.out()->ready();
          return wiring_.in()->ready();
        });
        continue;
      }
      if (status == transport::Status::end) break;
      if (status != transport::Status::ok) stage::throw_not_taken(status, "frames", frames_in_);
      origin_ = incoming.number;
      if (origin_ <= done_up_to()) continue;  // our predecessor has published what became of it
      frames_in_ = static_cast<std::int64_t>(origin_);
      // Until all of that is published: a successor of ours is given again what we have not finished.
      const std::shared_ptr<void> hold = incoming.hold;
      media::StreamNote note;
      media::wrap(std::move(incoming), *frame_, note);
      tell_of_memory(note);
      graph_.push(*frame_, note, publish);
      av_frame_unref(frame_.get());
      tell_of_rebuild();
    }
    graph_.finish(publish);
    wiring_.out()->end();
    while (!wiring_.out()->drained()) {
      stage_.serve();
      stage_.wait([this] { return wiring_.out()->drained(); });
    }
    return counters();
  }

 private:
  [[nodiscard]] std::uint64_t done_up_to() const { return wiring_.frames_out().front().done_up_to; }

  /// Before a frame that is to be scaled to the size of the first ones, which a successor would not know.
  void tell_of_memory(const media::StreamNote& note) {
    const bool first = std::exchange(first_, false);
    if (first || !frame_by_frame_ || !graph_.must_build(*frame_, note)) return;
    frame_by_frame_ = false;
    stage_.status().say({"remembers", {}, {}});
  }

  /// Each loss of frames is told, a mere change only once.
  void tell_of_rebuild() {
    if (graph_.rebuilds() == rebuilds_) return;
    const std::int64_t lost = graph_.dropped() - dropped_;
    if (rebuilds_ == 0 || lost > 0)
      stage_.status().warning(fmt::format(
          "the stream changed at frame {}; the filters start anew there{}, as ffmpeg's do",
          frames_in_, lost > 0 ? fmt::format(" and drop {} frames that they kept", lost) : ""));
    rebuilds_ = graph_.rebuilds();
    dropped_ = graph_.dropped();
  }

  void publish(AVFrame& frame, const media::StreamNote& note) {
    const transport::Status status = stage::send_all(
        stage_, *wiring_.out(), [&] { return writer_.write(frame, note, origin_); },
        [&] { return writer_.flush(); });
    if (status != transport::Status::ok)
      stage::throw_not_sent(status, fmt::format("a filtered frame (frame {})", frames_in_));
    stage::warn_of_losses(stage_, writer_.take_losses());
  }

  stage::Counters counters() {
    const transport::CopyCount in = wiring_.in()->copied();
    const transport::CopyCount out = wiring_.out()->copied();
    return {{"frames_in", frames_in_},
            {"frames_out", static_cast<std::int64_t>(wiring_.frames_out().front().published_before +
                                                     wiring_.out()->sent())},
            {"drop", graph_.dropped()},
            {"copied", static_cast<std::int64_t>(in.frames + out.frames)},
            {"copied_bytes", static_cast<std::int64_t>(in.bytes + out.bytes)},
            {"held", wiring_.in()->held()}};
  }

  stage::Stage& stage_;
  media::FilterGraph graph_;
  bool frame_by_frame_;  ///< Should we die, a successor can go on in the middle.
  stage::Wiring& wiring_;
  media::SharedBuffers buffers_;  ///< The graph writes its pictures where the next stage reads.
  media::FrameWriter writer_;
  media::Frame frame_;
  bool first_ = true;  ///< No frame was filtered yet.
  int rebuilds_ = 0;   ///< Told of.
  std::int64_t dropped_ = 0;
  std::uint64_t origin_ = 0;
  std::int64_t frames_in_;  ///< By predecessors, too.
};

}  // namespace

stage::Counters filter_frames(stage::Stage& stage, int argc, char** argv) {
  const Options options = read_options(argc, argv);
  media::capture_log("filter", options.log_level);
  stage.confine(media::filter_access(options.request.description));
  return Job(stage, options).run();
}

}  // namespace latham::filter
