// SPDX-License-Identifier: MIT
#include "decoder/decoder.h"

#include <fmt/format.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "decoder/audio_decoder.h"
#include "decoder/kept_frames.h"
#include "decoder/needs.h"
#include "decoder/slot_buffers.h"
#include "decoder/source.h"
#include "decoder/video_decoder.h"
#include "media/av_log.h"
#include "media/filter_graph.h"
#include "media/frame_wire.h"
#include "stage/arguments.h"

namespace latham::decoder {
namespace {

struct Options {
  SourceOptions source;
  std::string target_filter;  ///< The user's -vf, which decides how long ffmpeg keeps frames.
  VideoOptions video;
  std::string log_level;
  bool stop_at_errors = false;
};

Options read_options(int argc, char** argv) {
  const stage::Arguments args =
      stage::parse_arguments(argc, argv,
                             {"i", "f", "threads", "stream_loop", "loglevel", "target",
                              "target_format", "target_filter", "c:a", "top"},
                             {"xerror", "an", "sn", "dn", "read_all", "noautorotate"});
  if (!args.has("i")) throw StageFailure(FailureKind::usage, "no input: give -i NAME");
  Options o;
  o.source.name = args.get("i");
  o.source.format = args.get("f");
  o.source.target = args.get("target");
  o.source.target_format = args.get("target_format");
  o.source.audio_codec = args.get("c:a");
  o.source.loops = args.number("stream_loop", 0, -1);
  o.source.upright = !args.has("noautorotate");
  o.source.no_audio = args.has("an");
  o.source.no_subtitles = args.has("sn");
  o.source.read_all = args.has("read_all");
  for (const auto& [name, value] : args.avoptions)
    o.source.avoptions.emplace_back(name.substr(0, name.find(':')), value);
  o.target_filter = args.get("target_filter");
  o.video.threads = args.get("threads");
  if (const std::int64_t top = args.number("top", -1, -1); top >= 0) o.video.top_first = top != 0;
  o.log_level = args.get("loglevel");
  o.stop_at_errors = args.has("xerror");
  return o;
}

/// The decoder at work: joins source, codec and the two channels.
class Job {
 public:
  Job(stage::Stage& stage, Options options)
      : stage_(stage),
        options_(std::move(options)),
        source_(options_.source, stage.take_input()),
        codec_(source_, options_.video),
        wiring_(stage.connect(ready_fields())),
        buffers_(codec_.context(), *wiring_.out()),
        writer_(*wiring_.out()) {
    codec_.open();
    stage_.report([this] { return counters(); });
  }

  stage::Counters run() {
    for (const std::string& remark : source_.remarks()) stage_.status().warning(remark);
    const media::StreamTable table = source_.table();
    for (const media::StreamEntry& s : table.streams)
      if (s.encoded() && s.index != source_.video().index)
        sound_.try_emplace(s.index, *source_.format().streams[s.index], source_.timeline());
    if (options_.source.read_all) open_unsent_sound();
    media::write_table(table, message_);
    send_message();

    const auto publish = [this](AVFrame& frame, const media::StreamNote& note) {
      this->publish(frame, note);
    };
    media::Packet packet = media::make_packet();
    while (true) {
      stage_.serve();
      if (stage_.stopping()) break;
      if (!wiring_.out()->ready()) {
        stage_.wait([this] { return wiring_.out()->ready() || stage_.stopping(); });
        continue;
      }
      const Source::Next next = source_.next(*packet);
      if (next == Source::Next::end) break;
      if (next == Source::Next::looped) {
        codec_.drain(publish);
        codec_.flush();
        drain_sound();
        for (auto& [index, codec] : sound_) codec.flush();
      } else if (next == Source::Next::untaken) {
        if (const auto sound = unsent_.find(packet->stream_index); sound != unsent_.end())
          sound->second.decode(*packet, [](const AVFrame&) {});
      } else if (packet->stream_index == source_.video().index) {
        codec_.decode(*packet, publish);
        if (options_.stop_at_errors && codec_.counts().errors > 0) fail_on_damage();
      } else if (const auto sound = sound_.find(packet->stream_index); sound != sound_.end()) {
        sound->second.decode(*packet,
                             [&](const AVFrame& frame) { send_sound(frame, sound->first); });
      } else {
        copy(*packet);
      }
    }
    codec_.drain(publish);
    drain_sound();
    finish();
    account();
    return counters();
  }

 private:
  std::map<std::string, std::string> ready_fields() {
    const AVStream& st = source_.video();
    const AVCodecParameters& par = *st.codecpar;
    std::map<std::string, std::string> fields{
        {"width", std::to_string(par.width)},
        {"height", std::to_string(par.height)},
        {"video", "1"},
        {"streams", std::to_string(source_.format().nb_streams)}};
    if (const char* name = av_get_pix_fmt_name(static_cast<AVPixelFormat>(par.format)))
      fields["pix_fmt"] = name;
    bool turned = false;
    for (int i = 0; source_.upright() && i < media::stream_side_data_count(st); ++i) {
      const media::SideDataView sd = media::stream_side_data(st, i);
      if (sd.type == AV_PKT_DATA_DISPLAYMATRIX && sd.size >= 9 * sizeof(std::int32_t))
        turned = !media::upright_filters(reinterpret_cast<const std::int32_t*>(sd.data)).empty();
    }
    fields["rotate"] = turned ? "1" : "0";
    if (source_.format().duration > 0)
      fields["duration_us"] = std::to_string(source_.format().duration);
    if (st.nb_frames > 0) fields["frames"] = std::to_string(st.nb_frames);
    return fields;
  }

  void publish(AVFrame& frame, const media::StreamNote& note) {
    if (frame.pts != AV_NOPTS_VALUE && frame.pts <= std::exchange(last_pts_, frame.pts))
      ++disordered_;
    if (frame.pts != AV_NOPTS_VALUE)
      time_us_ = av_rescale_q(frame.pts, note.time_base, {1, AV_TIME_BASE});
    if (own_buffers_) {
      kept_.push(frame, note.time_base);
      buffers_.copy_out(codec_.context(), frame);
    }
    transport::Status status = writer_.write(frame, note, 0);
    while (status == transport::Status::again) {
      stage_.serve();
      stage_.wait([this] { return wiring_.out()->ready(); });
      status = writer_.flush();
    }
    if (status == transport::Status::no_memory)
      throw StageFailure(
          FailureKind::failed,
          fmt::format("no memory for a frame of {}x{} (frame {}): free some memory or use a "
                      "smaller picture",
                      codec_.context().width, codec_.context().height, codec_.counts().frames));
    if (status != transport::Status::ok)
      throw StageFailure(FailureKind::neighbour, "pass on a frame: the next stage is gone");
    for (const std::string& loss : writer_.take_losses())
      stage_.status().warning(
          fmt::format("side data '{}' is too large to travel with its frame and is lost", loss));
  }

  void copy(const AVPacket& packet) {
    Timeline& timeline = source_.timeline();
    timeline.begin_packet(&packet, packet.stream_index, 0);
    timeline.advance_copied(packet);
    media::write_packet(packet, timeline.clock(packet.stream_index).dts, message_);
    send_message();
    ++given_[packet.stream_index].messages;
  }

  void send_sound(const AVFrame& frame, int stream) {
    media::write_audio(frame, stream, message_);
    send_message();
    ++given_[stream].messages;
    given_[stream].samples += frame.nb_samples;
  }

  void drain_sound() {
    for (auto& [index, codec] : sound_)
      codec.drain([&, i = index](const AVFrame& frame) { send_sound(frame, i); });
  }

  void send_message() {
    if (wiring_.packets_out() == nullptr) return;
    for (;;) {
      const transport::Status status = wiring_.packets_out()->send(message_);
      if (status == transport::Status::ok) return;
      if (status != transport::Status::again)
        throw StageFailure(FailureKind::neighbour, "pass on a packet: the encoder is gone");
      stage_.serve();
      stage_.wait([] { return false; });
    }
  }

  void finish() {
    if (codec_.counts().frames == 0 && !stage_.stopping())
      throw StageFailure(
          FailureKind::input,
          fmt::format("decode '{}': no picture could be decoded from {} packets ({})",
                      options_.source.name, codec_.counts().packets,
                      codec_.last_error().empty() ? "the file is cut short, encrypted or damaged"
                                                  : codec_.last_error()));
    if (!source_.read_error().empty())
      stage_.status().warning(fmt::format("{}; what came before it is kept", source_.read_error()));
    if (codec_.counts().errors > 0)
      stage_.status().warning(
          fmt::format("'{}' is damaged: {} errors in {} packets, decoded what could be decoded",
                      options_.source.name, codec_.counts().errors, codec_.counts().packets));
    media::write_end(message_);
    send_message();
    wiring_.out()->end();
    // Our memory may go only when nobody reads it: frames that the codec owns lie in this process.
    while (!wiring_.out()->drained() ||
           (wiring_.packets_out() != nullptr && !wiring_.packets_out()->drained())) {
      stage_.serve();
      stage_.wait([this] { return wiring_.out()->drained(); });
    }
  }

  /// What was read of each stream and what became of it.
  void account() {
    for (int i = 0; i < static_cast<int>(source_.format().nb_streams); ++i) {
      if (!source_.reads(i)) continue;
      std::map<std::string, std::string> fields{{"index", std::to_string(i)}};
      if (const char* type =
              av_get_media_type_string(source_.format().streams[i]->codecpar->codec_type))
        fields["type"] = type;
      source_.tally(i).write(fields);
      if (i == source_.video().index) {
        fields["decoded"] = std::to_string(codec_.counts().frames);
        fields["errors"] = std::to_string(codec_.counts().errors);
        fields["disordered"] = std::to_string(disordered_);
      } else {
        fields["given"] = std::to_string(given_[i].messages);
      }
      if (const auto sound = sound_.find(i); sound != sound_.end()) {
        fields["samples"] = std::to_string(given_[i].samples);
        fields["errors"] = std::to_string(sound->second.errors());
      }
      if (const auto sound = unsent_.find(i); sound != unsent_.end())
        fields["errors"] = std::to_string(sound->second.errors());
      stage_.status().stream(std::move(fields));
    }
  }

  /// Sound that nobody wants is decoded for its errors alone.
  void open_unsent_sound() {
    for (int i = 0; i < static_cast<int>(source_.format().nb_streams); ++i) {
      AVStream& stream = *source_.format().streams[i];
      if (stream.codecpar->codec_type != AVMEDIA_TYPE_AUDIO || source_.timeline().clock(i).taken ||
          avcodec_find_decoder(stream.codecpar->codec_id) == nullptr)
        continue;
      unsent_.try_emplace(i, stream, source_.timeline());
    }
  }

  [[noreturn]] void fail_on_damage() {
    throw StageFailure(
        FailureKind::input,
        fmt::format("decode '{}': damaged after frame {} ({}), and -xerror was given",
                    options_.source.name, codec_.counts().frames, codec_.last_error()));
  }

  [[nodiscard]] std::int64_t sound_errors() const {
    std::int64_t errors = 0;
    for (const auto& [index, codec] : sound_) errors += codec.errors();
    return errors;
  }

  stage::Counters counters() {
    const DecodeCounts& c = codec_.counts();
    const transport::CopyCount copied = wiring_.out()->copied();
    const auto sent = static_cast<std::int64_t>(wiring_.out()->sent());
    return {{"demuxed", c.packets},
            {"decoded", c.frames},
            {"published", sent},
            {"frames_in", c.packets},
            {"frames_out", sent},
            {"errors", c.errors + sound_errors()},
            {"copied", static_cast<std::int64_t>(copied.frames + buffers_.copied().frames)},
            {"copied_bytes", static_cast<std::int64_t>(copied.bytes + buffers_.copied().bytes)},
            {"time_us", time_us_}};
  }

  stage::Stage& stage_;
  Options options_;
  Source source_;
  VideoDecoder codec_;
  stage::Wiring& wiring_;
  SlotBuffers buffers_;
  media::FrameWriter writer_;
  std::map<int, AudioDecoder> sound_;  ///< By stream: sound that the encoder makes anew.
  bool own_buffers_ = SlotBuffers::shows_old_pictures(codec_.context());
  KeptFrames kept_{options_.target_filter};
  std::map<int, AudioDecoder> unsent_;  ///< By stream: sound that is decoded for its errors alone.
  std::int64_t disordered_ = 0;         ///< Frames that do not come after the one before.
  std::int64_t last_pts_ = AV_NOPTS_VALUE;
  struct Given {
    std::int64_t messages = 0;
    std::int64_t samples = 0;
  };
  std::map<int, Given> given_;  ///< To the encoder, by stream.
  std::vector<std::byte> message_;
  std::int64_t time_us_ = 0;
};

}  // namespace

stage::Counters decode_file(stage::Stage& stage, int argc, char** argv) {
  Options options = read_options(argc, argv);
  media::capture_log("decoder", options.log_level);
  stage.confine(needs(options.source, stage.has_input()));
  return Job(stage, std::move(options)).run();
}

}  // namespace latham::decoder
