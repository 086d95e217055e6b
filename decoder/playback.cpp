// SPDX-License-Identifier: MIT
#include "decoder/playback.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "decoder/audio_decoder.h"
#include "decoder/slot_buffers.h"
#include "decoder/subtitle_decoder.h"
#include "decoder/video_decoder.h"
#include "media/av_log.h"
#include "media/frame_wire.h"
#include "media/messages.h"
#include "stage/channel_end.h"

namespace latham::decoder {
namespace {

constexpr AVRational kMicroseconds{1, AV_TIME_BASE};
/// So long before the place that is sought begin the subtitles that may still be shown there.
constexpr std::int64_t kSubtitleReachUs = 10 * std::int64_t{AV_TIME_BASE};

/// Where somebody wants to be.
struct Target {
  std::int64_t time_us = 0;
  /// The last frame before that time, not the first at or after it.
  bool before = false;
};

class Playback {
 public:
  Playback(stage::Stage& stage, const SourceOptions& options)
      : stage_(stage),
        name_(options.name),
        source_(options, stage.take_input(), stage),
        video_(choose_video()),
        codec_(source_, video_, {}),
        no_sound_(options.no_audio),
        no_subtitles_(options.no_subtitles),
        wiring_(introduce()),
        buffers_(codec_.context(), *wiring_.out(), true),
        writer_(*wiring_.out()) {
    codec_.open();
    if (source_.format().start_time != AV_NOPTS_VALUE) start_us_ = source_.format().start_time;
    stage_.report([this] { return counters(); });
  }

  stage::Counters run() {
    if (!no_sound_)
      choose_sound(
          av_find_best_stream(&source_.format(), AVMEDIA_TYPE_AUDIO, -1, video_, nullptr, 0));
    if (!no_subtitles_) choose_subtitles(first_subtitles());
    announce_subtitles();
    media::Packet packet = media::make_packet();
    while (!stage_.stopping()) {
      stage_.serve();
      if (const auto wish = stage_.take(control::Command::seek)) go(*wish);
      if (ended_ || !wiring_.out()->ready()) {
        stage_.wait(
            [this] { return is_wanted_elsewhere() || (!ended_ && wiring_.out()->ready()); });
        continue;
      }
      const Source::Read got = read(*packet);
      if (got == Source::Read::end) finish();
      if (got != Source::Read::packet) continue;
      if (packet->stream_index == video_)
        codec_.decode(*packet, publisher_);
      else if (sound_ && packet->stream_index == sound_stream_)
        sound_->decode(*packet, sound_sender_);
      else if (subtitles_ && packet->stream_index == subtitle_stream_)
        subtitles_->decode(*packet, subtitle_sender_);
    }
    // Whoever watched is gone: nobody reads our memory any more.
    return counters();
  }

 private:
  [[nodiscard]] int choose_video() const {
    const int best = av_find_best_stream(&source_.format(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
    if (best < 0)
      throw StageFailure(FailureKind::input,
                         fmt::format("play '{}': has no pictures that could be shown", name_));
    return best;
  }

  /// Says what the file holds, and which of its streams goes on the edge.
  stage::Wiring& introduce() {
    media::write_table(source_.table(), message_);
    stage_.offer_table(message_);
    std::map<std::string, std::string> fields{{"video", std::to_string(video_)}};
    if (source_.format().duration > 0)
      fields["duration_us"] = std::to_string(source_.format().duration);
    source_.take({video_}, {video_});
    return stage_.connect(std::move(fields));
  }

  [[nodiscard]] bool is_wanted_elsewhere() const {
    return stage_.stopping() || stage_.has(control::Command::seek);
  }

  /// Null where there is no such stream.
  [[nodiscard]] AVStream* find(int stream, AVMediaType type) const {
    if (stream < 0 || stream >= static_cast<int>(source_.format().nb_streams)) return nullptr;
    AVStream& found = source_.stream(stream);
    return found.codecpar->codec_type == type ? &found : nullptr;
  }

  void choose_sound(int stream) {
    if (stream == sound_stream_) return;
    sound_.reset();
    sound_stream_ = -1;
    try {
      if (find(stream, AVMEDIA_TYPE_AUDIO) != nullptr) {
        sound_.emplace(source_, stream);
        sound_stream_ = stream;
      }
    } catch (const StageFailure& failure) {
      stage_.status().warning(failure.what());
    }
    take_chosen();
  }

  void choose_subtitles(int stream) {
    if (stream == subtitle_stream_) return;
    subtitles_.reset();
    subtitle_stream_ = -1;
    try {
      if (find(stream, AVMEDIA_TYPE_SUBTITLE) != nullptr) {
        subtitles_.emplace(source_, stream, SubtitleDecoder::Give::at_once);
        subtitle_stream_ = stream;
      }
    } catch (const StageFailure& failure) {
      stage_.status().warning(failure.what());
    }
    take_chosen();
  }

  /// Those that the file itself wants to be shown.
  [[nodiscard]] int first_subtitles() const {
    constexpr int kWanted = AV_DISPOSITION_DEFAULT | AV_DISPOSITION_FORCED;
    for (unsigned i = 0; i < source_.format().nb_streams; ++i) {
      const AVStream* stream = find(static_cast<int>(i), AVMEDIA_TYPE_SUBTITLE);
      if (stream != nullptr && (stream->disposition & kWanted) != 0) return stream->index;
    }
    return -1;
  }

  void take_chosen() {
    std::set<int> chosen{video_};
    for (const int stream : {sound_stream_, subtitle_stream_})
      if (stream >= 0) chosen.insert(stream);
    source_.take(chosen, chosen);
  }

  void announce_subtitles() {
    media::write_subtitle_track(subtitles_ ? subtitles_->track() : media::SubtitleTrack{},
                                message_);
    send_message();
  }

  /// The next packet, its timestamps from zero.
  Source::Read read(AVPacket& packet) {
    const Source::Read got = source_.read(packet);
    if (const std::string error = source_.take_read_error(); !error.empty())
      stage_.status().warning(error);
    if (got != Source::Read::packet) return got;
    const AVRational base = source_.format().streams[packet.stream_index]->time_base;
    const std::int64_t start = av_rescale_q(start_us_, kMicroseconds, base);
    if (packet.pts != AV_NOPTS_VALUE) packet.pts -= start;
    if (packet.dts != AV_NOPTS_VALUE) packet.dts -= start;
    return got;
  }

  void go(const control::Message& wish) {
    const Target target{std::max<std::int64_t>(wish.number("time_us").value_or(0), 0),
                        wish.get("before") == "1"};
    if (const auto stream = wish.number("audio")) choose_sound(static_cast<int>(*stream));
    if (const auto stream = wish.number("subtitles")) choose_subtitles(static_cast<int>(*stream));
    codec_.flush();
    if (sound_) sound_->flush();
    (void)writer_.flush();
    kept_.reset();
    target_ = target;
    ended_ = false;
    media::write_mark(
        {static_cast<std::uint32_t>(wish.number("number").value_or(0)), wiring_.out()->sent() + 1},
        message_);
    send_message();
    announce_subtitles();
    if (subtitles_) send_subtitles_before(target.time_us);
    if (!seek(target.time_us))
      stage_.status().warning(fmt::format("'{}' cannot be sought in", name_));
  }

  /// To the key frame before that time.
  bool seek(std::int64_t time_us) {
    const std::int64_t time = time_us + start_us_;
    return avformat_seek_file(&source_.format(), -1, INT64_MIN, time, time, 0) >= 0 ||
           av_seek_frame(&source_.format(), -1, time, AVSEEK_FLAG_BACKWARD) >= 0;
  }

  /// What began earlier may still be on the screen: its packets lie before the key frame.
  void send_subtitles_before(std::int64_t time_us) {
    subtitles_->flush();
    if (!seek(std::max<std::int64_t>(time_us - kSubtitleReachUs, 0))) return;
    const media::Packet packet = media::make_packet();
    while (!is_wanted_elsewhere() && read(*packet) == Source::Read::packet) {
      stage_.serve();
      if (packet->stream_index == subtitle_stream_) {
        subtitles_->decode(*packet, subtitle_sender_);
      } else if (packet->stream_index == video_ && packet->dts != AV_NOPTS_VALUE &&
                 av_rescale_q(packet->dts, source_.stream(video_).time_base, kMicroseconds) >=
                     time_us) {
        break;
      }
    }
    subtitles_->flush();
  }

  /// Frames on the way to the target are decoded for those that follow, and not shown.
  void publish(AVFrame& frame, const media::StreamNote& note) {
    if (is_wanted_elsewhere()) return;
    if (target_ && frame.pts != AV_NOPTS_VALUE) {
      const std::int64_t at = av_rescale_q(frame.pts, note.time_base, kMicroseconds);
      // Half a millisecond: timestamps are rounded on their way to the user and back.
      if (at + 500 < target_->time_us) {
        keep(frame, note);
        return;
      }
      if (target_->before) send_kept();
      kept_.reset();
      target_.reset();
    }
    send(frame, note);
  }

  struct Kept {
    media::Frame frame;
    media::StreamNote note;
  };
  void keep(AVFrame& frame, const media::StreamNote& note) {
    if (!kept_) kept_.emplace(Kept{media::make_frame(), {}});
    av_frame_unref(kept_->frame.get());
    av_frame_move_ref(kept_->frame.get(), &frame);
    kept_->note = note;
  }
  void send_kept() {
    if (kept_) send(*kept_->frame, kept_->note);
    kept_.reset();
  }

  void send(AVFrame& frame, const media::StreamNote& note) {
    if (own_buffers_) buffers_.copy_out(codec_.context(), frame);
    transport::Status status = writer_.write(frame, note, 0);
    while (status == transport::Status::again && !stage_.stopping()) {
      stage_.serve();
      stage_.wait([this] { return wiring_.out()->ready() || stage_.stopping(); });
      status = writer_.flush();
    }
    if (status == transport::Status::no_memory ||
        (status != transport::Status::ok && !stage_.stopping()))
      stage::throw_not_sent(
          status, fmt::format("a frame of {}x{}", codec_.context().width, codec_.context().height));
    stage::warn_of_losses(stage_, writer_.take_losses());
  }

  void send_message() {
    while (!stage_.stopping()) {
      const transport::Status status = wiring_.packets_out().front().sender->send(message_);
      if (status == transport::Status::ok) return;
      if (status != transport::Status::again)
        throw StageFailure(FailureKind::neighbour,
                           "pass on sound or subtitles: the viewer is gone");
      stage_.serve();
      stage_.wait([this] { return stage_.stopping(); });
    }
  }

  /// The file's end; a target behind it is its last frame.
  void finish() {
    codec_.drain(publisher_);
    if (sound_) sound_->drain(sound_sender_);
    if (is_wanted_elsewhere()) return;
    send_kept();
    target_.reset();
    ended_ = true;
    if (codec_.counts().frames == 0)
      throw StageFailure(FailureKind::input,
                         fmt::format("decode '{}': no picture could be decoded", name_));
    media::write_end(message_);
    send_message();
  }

  stage::Counters counters() {
    const DecodeCounts& c = codec_.counts();
    const auto sent = static_cast<std::int64_t>(wiring_.out()->sent());
    return {{"demuxed", c.packets},   {"decoded", c.frames}, {"published", sent},
            {"frames_in", c.packets}, {"frames_out", sent},  {"errors", c.errors}};
  }

  stage::Stage& stage_;
  std::string name_;
  Source source_;
  int video_;  ///< The stream on the edge.
  std::vector<std::byte> message_;
  VideoDecoder codec_;
  bool no_sound_;
  bool no_subtitles_;
  stage::Wiring& wiring_;
  SlotBuffers buffers_;
  media::FrameWriter writer_;
  bool own_buffers_ = SlotBuffers::shows_old_pictures(codec_.context());
  std::optional<AudioDecoder> sound_;
  int sound_stream_ = -1;
  std::optional<SubtitleDecoder> subtitles_;
  int subtitle_stream_ = -1;
  std::int64_t start_us_ = 0;
  std::optional<Target> target_;
  std::optional<Kept> kept_;
  bool ended_ = false;
  VideoDecoder::Output publisher_ = [this](AVFrame& frame, const media::StreamNote& note) {
    publish(frame, note);
  };
  AudioDecoder::Output sound_sender_ = [this](const AVFrame& frame) {
    if (is_wanted_elsewhere()) return;
    media::write_audio(frame, sound_stream_, message_);
    send_message();
  };
  SubtitleDecoder::Output subtitle_sender_ = [this](const media::SubtitleEvent& event) {
    if (is_wanted_elsewhere()) return;
    media::write_subtitle(event, message_);
    send_message();
  };
};

}  // namespace

stage::Counters play_file(stage::Stage& stage, const SourceOptions& options) {
  return Playback(stage, options).run();
}

}  // namespace latham::decoder
