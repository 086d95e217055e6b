// SPDX-License-Identifier: MIT
#include "encoder/encoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "encoder/audio_encoder.h"
#include "encoder/conform.h"
#include "encoder/muxer.h"
#include "encoder/needs.h"
#include "encoder/options.h"
#include "encoder/video_encoder.h"
#include "media/av_log.h"
#include "media/frame_wire.h"

namespace latham::encoder {
namespace {

std::map<std::string, std::string> ready_fields(const Options& options) {
  std::map<std::string, std::string> fields;
  std::string formats = options.accepted_formats();
  std::replace(formats.begin(), formats.end(), '|', ',');
  if (!formats.empty()) fields["pix_fmts"] = formats;
  constexpr const char* kTargets[] = {"file", "none", "self"};
  fields["output"] = kTargets[static_cast<int>(options.target())];
  return fields;
}

/// The encoder at work: drains both channels, so that their order cannot block the decoder.
class Job {
 public:
  Job(stage::Stage& stage, const Options& options)
      : stage_(stage),
        options_(options),
        conform_(options.accepted_formats()),
        frame_(media::make_frame()) {
    // Unknown names are refused before anything is made.
    media::split_options(options_.avoptions, options_.codec, options_.format->priv_class, true,
                         codec_options_, format_options_);
    wiring_ = &stage.connect(ready_fields(options));
    for (const std::string& remark : options_.remarks) stage_.status().warning(remark);
    stage_.report([this] { return counters(); });
  }

  stage::Counters run() {
    bool busy = true;
    while (!frames_ended_ || !packets_ended_) {
      stage_.serve();
      if (!busy) stage_.wait([this] { return has_news(); });
      busy = take_messages();
      if (muxer_ && !frames_ended_) busy = take_frame() || busy;
      // Enough frames and nothing else to wait for: the supervisor stops the stages before us.
      if (encoder_ && encoder_->full() && table_.streams.size() == 1) {
        if (!frames_ended_) encoder_->finish();
        break;
      }
    }
    if (!muxer_ || !muxer_->has_header())
      throw StageFailure(
          FailureKind::failed,
          fmt::format("write '{}': no frame arrived, nothing was written", options_.name));
    muxer_->finish();
    account();
    return counters();
  }

 private:
  [[nodiscard]] bool has_news() const {
    return (!packets_ended_ && wiring_->packets_in()->ready()) ||
           (muxer_ && !frames_ended_ && wiring_->in()->ready());
  }

  /// At most as many as keep the frames flowing; true if there was any.
  bool take_messages() {
    bool any = false;
    for (int n = 0; n < 64 && !packets_ended_; ++n) {
      const transport::Status status = wiring_->packets_in()->receive(message_);
      if (status == transport::Status::again) break;
      if (status != transport::Status::ok) throw_lost(status, "packets");
      any = true;
      handle_message();
    }
    return any;
  }

  void handle_message() {
    switch (media::kind_of(message_)) {
      case media::MessageKind::table:
        open_muxer();
        break;
      case media::MessageKind::packet:
        if (muxer_) muxer_->write_copied(media::read_packet(message_));
        break;
      case media::MessageKind::audio:
        encode_sound();
        break;
      case media::MessageKind::end:
        for (auto& [index, encoder] : sound_) encoder.finish();
        packets_ended_ = true;
        break;
    }
  }

  void open_muxer() {
    table_ = media::read_table(message_);
    const std::optional<FpsMode> mode =
        fps_mode(options_.fps_mode, *options_.format, table_.input_streams);
    if (!mode)
      throw StageFailure(
          FailureKind::usage,
          fmt::format("-fps_mode {}: unknown; one of auto, passthrough, cfr, vfr, drop",
                      options_.fps_mode));
    muxer_.emplace(options_, table_, wiring_->take_output(), std::move(format_options_));
    muxer_->on_warning([this](const std::string& text) { stage_.status().warning(text); });
    for (const media::StreamEntry& s : table_.streams)
      if (s.encoded() && s.parameters->codec_type == AVMEDIA_TYPE_AUDIO)
        sound_.try_emplace(s.index, s, options_.audio_options, *muxer_);
    encoder_.emplace(options_, std::move(codec_options_), *mode, *muxer_);
    encoder_->on_warning([this](const std::string& text) { stage_.status().warning(text); });
  }

  void encode_sound() {
    const int stream = media::read_audio(message_, *frame_);
    ++sound_taken_[stream].frames;
    sound_taken_[stream].samples += frame_->nb_samples;
    const auto found = sound_.find(stream);
    if (found != sound_.end()) found->second.encode(*frame_);
    av_frame_unref(frame_.get());
  }

  bool take_frame() {
    transport::IncomingFrame incoming;
    const transport::Status status = wiring_->in()->receive(incoming);
    if (status == transport::Status::again) return false;
    const auto encode = [this](AVFrame& frame, const media::StreamNote& note) {
      encoder_->encode(frame, note);
    };
    if (status == transport::Status::end) {
      conform_.finish(encode);
      encoder_->finish();
      frames_ended_ = true;
      return true;
    }
    if (status != transport::Status::ok) throw_lost(status, "frames");
    ++frames_in_;
    media::StreamNote note;
    if (!media::wrap(std::move(incoming), *frame_, note))
      throw StageFailure(FailureKind::failed,
                         fmt::format("take frame {}: its description makes no sense", frames_in_));
    if (!encoder_->full()) conform_.push(*frame_, note, encode);
    av_frame_unref(frame_.get());
    return true;
  }

  /// What became of each stream.
  void account() {
    for (auto& fields : muxer_->accounts()) {
      if (const auto sound = sound_taken_.find(std::stoi(fields["source"]));
          sound != sound_taken_.end()) {
        fields["taken"] = std::to_string(sound->second.frames);
        fields["samples"] = std::to_string(sound->second.samples);
      }
      // Less than was given may have come where it stopped before the end.
      fields["whole"] = packets_ended_ ? "1" : "0";
      stage_.status().stream(std::move(fields));
    }
  }

  [[noreturn]] void throw_lost(transport::Status status, const char* what) {
    if (status == transport::Status::corrupt)
      throw StageFailure(
          FailureKind::failed,
          fmt::format("take {}: the sender broke the protocol after frame {}", what, frames_in_));
    if (status == transport::Status::no_memory)
      throw StageFailure(FailureKind::failed,
                         fmt::format("take {}: out of memory after frame {}", what, frames_in_));
    throw StageFailure(
        FailureKind::neighbour,
        fmt::format("take {}: the stage before went away after frame {} without an end of stream",
                    what, frames_in_));
  }

  stage::Counters counters() {
    const transport::CopyCount copied = wiring_->in()->copied();
    stage::Counters c{{"frames_in", frames_in_},
                      {"encoded", encoder_ ? encoder_->frames() : 0},
                      {"frames_out", muxer_ ? muxer_->video_packets() : 0},
                      {"dup", encoder_ ? encoder_->repeated() : 0},
                      {"drop", encoder_ ? encoder_->dropped() : 0},
                      {"copied", static_cast<std::int64_t>(copied.frames) + conform_.converted()},
                      {"copied_bytes", static_cast<std::int64_t>(copied.bytes)},
                      {"held", wiring_->in()->held()}};
    // A first pass may give statistics instead of packets: then there is nothing to compare.
    if (options_.passes != 1) c["muxed"] = muxer_ ? muxer_->video_packets() : 0;
    if (encoder_) {
      c["time_us"] = encoder_->time_us();
      c["quality"] = encoder_->quality();
    }
    if (muxer_) c["bytes"] = muxer_->bytes();
    return c;
  }

  stage::Stage& stage_;
  const Options& options_;
  media::Dictionary codec_options_;
  media::Dictionary format_options_;
  stage::Wiring* wiring_ = nullptr;
  media::StreamTable table_;
  Conform conform_;
  std::optional<Muxer> muxer_;
  std::optional<VideoEncoder> encoder_;
  std::map<int, AudioEncoder> sound_;  ///< By stream of the input.
  struct SoundTaken {
    std::int64_t frames = 0;
    std::int64_t samples = 0;
  };
  std::map<int, SoundTaken> sound_taken_;  ///< By stream of the input.
  media::Frame frame_;
  std::vector<std::byte> message_;
  std::int64_t frames_in_ = 0;
  bool frames_ended_ = false;
  bool packets_ended_ = false;
};

}  // namespace

stage::Counters encode_stream(stage::Stage& stage, int argc, char** argv) {
  const Options options = read_options(argc, argv);
  media::capture_log("encoder", options.log_level);
  stage.confine(needs(options));
  return Job(stage, options).run();
}

}  // namespace latham::encoder
