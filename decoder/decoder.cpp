// SPDX-License-Identifier: MIT
#include "decoder/decoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "decoder/audio_decoder.h"
#include "decoder/beside.h"
#include "decoder/needs.h"
#include "decoder/options.h"
#include "decoder/pace.h"
#include "decoder/playback.h"
#include "decoder/source.h"
#include "decoder/subtitle_decoder.h"
#include "decoder/video_track.h"
#include "media/av_log.h"
#include "media/messages.h"

namespace latham::decoder {
namespace {

/// Between two looks at what the supervisor says.
constexpr std::chrono::milliseconds kHearingBound{20};

/// The decoder at work: joins the source, the codecs and the channels to those who take its streams.
class Job {
 public:
  Job(stage::Stage& stage, Options options)
      : stage_(stage),
        options_(std::move(options)),
        source_(options_.source, stage.take_input(), stage),
        wiring_(introduce()) {
    take_streams();
    stage_.report([this] { return counters(); });
  }

  stage::Counters run() {
    for (const std::string& remark : source_.remarks()) stage_.status().warning(remark);
    media::Packet packet = media::make_packet();
    while (true) {
      // A successor first makes once more all that its predecessors have given.
      stage_.postpone_stop(behind() > 0);
      stage_.serve();
      if (is_to_end()) break;
      if (!ready()) {
        stage_.wait([this] { return ready() || is_to_end(); });
        continue;
      }
      if (const auto early = pace_.early(std::chrono::steady_clock::now()); early.count() > 0) {
        std::this_thread::sleep_for(std::min<std::chrono::microseconds>(early, kHearingBound));
        continue;
      }
      const Source::Next next = source_.next(*packet);
      if (next == Source::Next::again) continue;
      if (next == Source::Next::end) break;
      if (next == Source::Next::looped)
        start_again();
      else if (next == Source::Next::untaken)
        check(*packet);
      else
        take(*packet);
      if (next == Source::Next::packet && behind() == 0) keep_pace(packet->stream_index);
      beside_.tell_progress();
    }
    drain();
    finish();
    account();
    return counters();
  }

 private:
  /// Says what the input holds; others choose from it. They have chosen when this returns.
  stage::Wiring& introduce() {
    table_ = source_.table();
    std::vector<std::byte> bytes;
    media::write_table(table_, bytes);
    stage_.offer_table(bytes);
    std::map<std::string, std::string> fields;
    if (source_.format().duration > 0)
      fields["duration_us"] = std::to_string(source_.format().duration);
    return stage_.connect(std::move(fields));
  }

  void take_streams() {
    std::map<int, std::vector<stage::FrameOut*>> outs;
    std::set<int> taken;
    std::set<int> decoded;
    for (stage::FrameOut& out : wiring_.frames_out()) outs[out.stream].push_back(&out);
    for (const stage::PacketsOut& out : wiring_.packets_out()) {
      taken.insert(out.copied.begin(), out.copied.end());
      decoded.insert(out.decoded.begin(), out.decoded.end());
    }
    for (const auto& [stream, ends] : outs) decoded.insert(stream);
    taken.insert(decoded.begin(), decoded.end());
    for (const int stream : taken)
      if (stream < 0 || stream >= static_cast<int>(table_.streams.size()))
        throw std::runtime_error(fmt::format("there is no stream {} to take", stream));
    source_.take(taken, decoded);
    for (auto& [stream, ends] : outs)
      video_.emplace_back(stage_, source_, options_, std::move(ends), video_.empty());
    for (const int stream : decoded) {
      if (outs.count(stream) != 0) continue;
      if (source_.stream(stream).codecpar->codec_type == AVMEDIA_TYPE_SUBTITLE)
        begin_subtitles(stream);
      else
        sound_.try_emplace(stream, source_, stream);
    }
    for (const int stream : taken) {
      const AVMediaType type = source_.stream(stream).codecpar->codec_type;
      limit_.expect(stream, decoded.count(stream) != 0,
                    type != AVMEDIA_TYPE_VIDEO && type != AVMEDIA_TYPE_AUDIO);
    }
    if (options_.source.read_all) open_unsent_sound(taken);
    nobody_takes_ = taken.empty() && !options_.source.read_all;
  }

  void begin_subtitles(int stream) {
    const auto [decoder, added] =
        subtitles_.try_emplace(stream, source_, stream, SubtitleDecoder::Give::with_its_end);
    beside_.send_subtitle_track(decoder->second.track(), stream);
  }

  /// Sound that nobody wants is decoded for its errors alone.
  void open_unsent_sound(const std::set<int>& taken) {
    for (const media::StreamEntry& s : table_.streams) {
      const AVCodecParameters& par = *s.parameters;
      if (par.codec_type == AVMEDIA_TYPE_AUDIO && taken.count(s.index) == 0 &&
          avcodec_find_decoder(par.codec_id) != nullptr)
        unsent_.try_emplace(s.index, source_, s.index);
    }
  }

  /// A successor makes up for what its predecessor gave as fast as it can.
  void keep_pace(int stream) {
    const std::int64_t dts_us = source_.timeline().clock(stream).dts;
    if (dts_us != AV_NOPTS_VALUE) pace_.reached(stream, dts_us, std::chrono::steady_clock::now());
  }

  void check(const AVPacket& packet) {
    if (const auto sound = unsent_.find(packet.stream_index); sound != unsent_.end())
      sound->second.decode(packet, [](const AVFrame&) {});
  }

  [[nodiscard]] bool is_to_end() const {
    return nobody_takes_ || (limit_.reached() && !beside_.was_read_further()) || stage_.stopping();
  }

  [[nodiscard]] std::int64_t behind() const {
    std::int64_t most = 0;
    for (const VideoTrack& track : video_) most = std::max(most, track.behind());
    return std::max(most, beside_.behind());
  }

  [[nodiscard]] bool ready() const {
    return std::all_of(video_.begin(), video_.end(),
                       [](const VideoTrack& track) { return track.ready(); });
  }

  void start_again() {
    drain();
    for (VideoTrack& track : video_) track.flush();
    for (auto& [index, codec] : sound_) codec.flush();
  }

  void take(const AVPacket& packet) {
    const int stream = packet.stream_index;
    const auto track = std::find_if(video_.begin(), video_.end(),
                                    [&](const VideoTrack& t) { return t.stream() == stream; });
    const auto sound = sound_.find(stream);
    const auto subtitles = subtitles_.find(stream);
    const bool decoded =
        track != video_.end() || sound != sound_.end() || subtitles != subtitles_.end();
    if (decoded && !begins(position_of(packet))) {
      copy(packet, decoded);
      return;
    }
    if (track != video_.end()) {
      track->decode(packet);
      if (track->counts().frames > 0) limit_.look(stream, track->time_us());
    }
    if (sound != sound_.end())
      sound->second.decode(packet,
                           [&](const AVFrame& frame) { beside_.send_sound(frame, stream); });
    if (subtitles != subtitles_.end()) {
      source_.timeline().begin_packet(&packet, stream, 0);
      subtitles->second.decode(
          packet, [&](const media::SubtitleEvent& event) { beside_.send_subtitle(event); });
    }
    copy(packet, decoded);
  }

  /// Says where we are, should a codec be the end of us. False for what is to be left out.
  bool begins(ringbuf::InputPosition at) {
    at.packet = ++packets_;
    if (ringbuf::InputPositionWriter* position = wiring_.position()) position->store(at);
    return options_.skipped.count(at.packet) == 0;
  }

  [[nodiscard]] ringbuf::InputPosition position_of(const AVPacket& packet) const {
    ringbuf::InputPosition at;
    at.stream = packet.stream_index;
    const std::int64_t time = packet.pts != AV_NOPTS_VALUE ? packet.pts : packet.dts;
    if (time != AV_NOPTS_VALUE)
      at.time_us =
          av_rescale_q(time, source_.stream(packet.stream_index).time_base, AV_TIME_BASE_Q);
    if (packet.pos >= 0) at.byte = packet.pos;
    at.bytes = packet.size;
    return at;
  }

  void copy(const AVPacket& packet, bool decoded) {
    const int stream = packet.stream_index;
    Timeline& timeline = source_.timeline();
    if (!decoded) {
      timeline.begin_packet(&packet, stream, source_.stream(stream).codecpar->video_delay);
      timeline.advance_copied(packet);
      limit_.look(stream, timeline.clock(stream).dts);
    }
    beside_.send_packet(packet, timeline.clock(stream).dts, !decoded);
  }

  void drain() {
    // A job that is stopped drains earlier: the number is that of a packet which is not read any more.
    if (!begins({}) && !stage_.stopping()) return;
    for (VideoTrack& track : video_) track.drain();
    for (auto& [index, codec] : sound_)
      codec.drain([&, i = index](const AVFrame& frame) { beside_.send_sound(frame, i); });
  }

  void finish() {
    if (const std::string error = source_.take_read_error(); !error.empty())
      stage_.status().warning(fmt::format("{}; what came before it is kept", error));
    for (VideoTrack& track : video_) track.end(stage_.stopping(), beside_.in_window() == 0);
    beside_.end();
    // Our memory may go only when nobody reads it: frames that a codec owns lie in this process.
    while (!drained()) {
      stage_.serve();
      stage_.wait([this] { return drained(); });
    }
  }

  [[nodiscard]] bool drained() const {
    return std::all_of(video_.begin(), video_.end(),
                       [](const VideoTrack& track) { return track.drained(); }) &&
           beside_.drained();
  }

  /// What was read of each stream and what became of it.
  void account() {
    for (const media::StreamEntry& s : table_.streams) {
      if (!source_.reads(s.index)) continue;
      std::map<std::string, std::string> fields{{"index", std::to_string(s.index)}};
      if (const char* type = av_get_media_type_string(s.parameters->codec_type))
        fields["type"] = type;
      source_.tally(s.index).write(fields);
      const auto track = std::find_if(video_.begin(), video_.end(),
                                      [&](const VideoTrack& t) { return t.stream() == s.index; });
      if (track != video_.end()) {
        fields["decoded"] = std::to_string(track->counts().frames);
        fields["errors"] = std::to_string(track->counts().errors);
        fields["disordered"] = std::to_string(track->disordered());
      } else if (!mixed(s.index)) {
        fields["given"] = std::to_string(beside_.given(s.index).messages);
      }
      if (const auto sound = sound_.find(s.index); sound != sound_.end()) {
        fields["samples"] = std::to_string(beside_.given(s.index).samples);
        fields["errors"] = std::to_string(sound->second.errors());
      }
      if (const auto sound = unsent_.find(s.index); sound != unsent_.end())
        fields["errors"] = std::to_string(sound->second.errors());
      stage_.status().stream(std::move(fields));
    }
  }

  /// Copied to one output and decoded for another: messages of two kinds, which are not counted apart.
  [[nodiscard]] bool mixed(int stream) const {
    return (sound_.count(stream) != 0 || subtitles_.count(stream) != 0) &&
           beside_.is_copied(stream);
  }

  stage::Counters counters() {
    stage::Counters c{{"demuxed", 0}, {"decoded", 0}, {"published", 0},    {"trimmed", 0},
                      {"errors", 0},  {"copied", 0},  {"copied_bytes", 0}, {"time_us", 0}};
    for (const VideoTrack& track : video_) {
      const transport::CopyCount copied = track.copied();
      c["demuxed"] += track.counts().packets;
      c["decoded"] += track.counts().frames;
      c["published"] += track.published();
      c["trimmed"] += track.trimmed();
      c["errors"] += track.counts().errors;
      c["copied"] += static_cast<std::int64_t>(copied.frames);
      c["copied_bytes"] += static_cast<std::int64_t>(copied.bytes);
      c["time_us"] = std::max(c["time_us"], track.time_us());
    }
    for (const auto& [index, codec] : sound_) c["errors"] += codec.errors();
    c["frames_in"] = c["demuxed"];
    c["frames_out"] = c["published"];
    c["beside"] = beside_.in_window();
    for (const stage::FrameOut& out : wiring_.frames_out())
      c[fmt::format("edge{}", out.edge)] =
          static_cast<std::int64_t>(out.published_before + out.sender->sent());
    if (const std::int64_t frames = behind(); frames > 0) c["behind"] = frames;
    return c;
  }

  stage::Stage& stage_;
  Options options_;
  Source source_;
  media::StreamTable table_;
  ReadLimit limit_{source_.time().span, source_.format().nb_streams};
  stage::Wiring& wiring_;
  Pace pace_{options_.rate_of_reading};
  Beside beside_{stage_, source_, wiring_, limit_};
  std::deque<VideoTrack> video_;
  std::map<int, AudioDecoder> sound_;         ///< By stream: sound that an encoder makes anew.
  std::map<int, SubtitleDecoder> subtitles_;  ///< By stream: those that an encoder makes anew.
  std::map<int, AudioDecoder> unsent_;  ///< By stream: sound that is decoded for its errors alone.
  std::uint64_t packets_ = 0;           ///< That are decoded; see InputPosition.
  /// Only the table was wanted, for tags or chapters: the input may be large, or have no end.
  bool nobody_takes_ = false;
};

}  // namespace

stage::Counters decode_file(stage::Stage& stage, int argc, char** argv) {
  Options options = read_options(argc, argv);
  media::capture_log("decoder", options.log_level);
  stage.confine(needs(options.source, stage.has_input()));
  if (options.play) return play_file(stage, options.source);
  return Job(stage, std::move(options)).run();
}

}  // namespace latham::decoder
