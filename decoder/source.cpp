// SPDX-License-Identifier: MIT
#include "decoder/source.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "media/av_log.h"
#include "system/failure.h"

extern "C" {
#include <libavdevice/avdevice.h>
#include <libavutil/display.h>
}

namespace latham::decoder {
namespace {

[[noreturn]] void fail_input(const std::string& name, const std::string& what,
                             const std::string& hint) {
  throw StageFailure(FailureKind::input, fmt::format("read '{}': {}{}", name, what, hint));
}

/// What to say beside FFmpeg's code, which is often "Invalid data found when processing input".
std::string open_hint(int code) {
  if (code == AVERROR_INVALIDDATA)
    return "; not a media file that FFmpeg knows, or damaged; try -f FORMAT";
  if (code == AVERROR_PROTOCOL_NOT_FOUND)
    return "; for a file whose name has a colon write file:NAME";
  if (code == AVERROR_EOF) return "; the file is empty or cut short";
  return "";
}

/// Formats that hash what was decoded, as ffmpeg does with them.
bool is_hash(const AVOutputFormat& format) {
  constexpr std::array<std::string_view, 7> kNames = {"framemd5", "framecrc", "framehash", "md5",
                                                      "hash",     "crc",      "streamhash"};
  return std::find(kNames.begin(), kNames.end(), format.name) != kNames.end();
}

/// The stream's rank in ffmpeg's choice of one of a type: one that has packets, then the default one,
/// then the largest.
std::int64_t rank(const AVStream& st, std::int64_t size) {
  if ((st.event_flags & AVSTREAM_EVENT_FLAG_NEW_PACKETS) != 0) size += 100'000'000;
  if ((st.disposition & AV_DISPOSITION_DEFAULT) != 0) size += 5'000'000;
  return size;
}

/// Whether the container takes this codec as it is. FFmpeg does not know for some; then sound may try.
bool can_hold(const AVOutputFormat& format, const AVCodecParameters& par) {
  if (par.codec_id == AV_CODEC_ID_NONE) return false;
  const int answer = avformat_query_codec(&format, par.codec_id, FF_COMPLIANCE_NORMAL);
  if (answer == 0 && par.codec_type == AVMEDIA_TYPE_AUDIO &&
      std::string_view(format.name) == "matroska") {
    // Matroska also takes what AVI and QuickTime can name, which the query does not know.
    const AVCodecTag* const riff[] = {avformat_get_riff_audio_tags(), nullptr};
    const AVCodecTag* const quicktime[] = {avformat_get_mov_audio_tags(), nullptr};
    unsigned int tag = 0;
    return av_codec_get_tag2(riff, par.codec_id, &tag) != 0 ||
           av_codec_get_tag2(quicktime, par.codec_id, &tag) != 0;
  }
  return answer > 0 || (answer < 0 && par.codec_type == AVMEDIA_TYPE_AUDIO &&
                        format.audio_codec != AV_CODEC_ID_NONE);
}

}  // namespace

Source::Source(SourceOptions options, UniqueFd fd) : options_(std::move(options)) {
  open(std::move(fd));
  choose_streams();
  timeline_ = std::make_unique<Timeline>(*format_);
  for (unsigned i = 0; i < format_->nb_streams; ++i) {
    StreamClock& clock = timeline_->clock(static_cast<int>(i));
    clock.taken = format_->streams[i]->discard != AVDISCARD_ALL;
    clock.decoded = !encode_as_[i].empty();
    if (options_.read_all) format_->streams[i]->discard = AVDISCARD_DEFAULT;
  }
}

Source::~Source() {
  avformat_close_input(&format_);
}

void Source::open(UniqueFd fd) {
  const AVInputFormat* forced = nullptr;
  if (!options_.format.empty()) {
    avdevice_register_all();  // lavfi, v4l2, x11grab...: by name only, as for ffmpeg
    forced = av_find_input_format(options_.format.c_str());
    if (forced == nullptr)
      throw StageFailure(FailureKind::usage,
                         fmt::format("-f {}: unknown input format; `ffmpeg -demuxers` lists them",
                                     options_.format));
  }
  media::Dictionary format_options;
  media::split_options(options_.avoptions, nullptr,
                       forced == nullptr ? nullptr : forced->priv_class, false, decoder_options_,
                       format_options);
  format_options.set("scan_all_pmts", "1");

  format_ = media::checked(avformat_alloc_context());
  format_->flags |= AVFMT_FLAG_NONBLOCK;
  if (fd) {
    io_ = std::make_unique<media::ByteIo>(std::move(fd), media::ByteIo::Direction::read);
    format_->pb = io_->context();
  }
  (void)media::last_log_line();
  const int code =
      avformat_open_input(&format_, options_.name.c_str(), forced, &format_options.raw);
  if (code < 0) fail_input(options_.name, media::error_text(code), open_hint(code));
  // FFmpeg paints text files as pictures for their names' sake; nobody means that without saying so.
  if (forced == nullptr && std::string_view(format_->iformat->name) == "tty")
    fail_input(options_.name, "this is a text file",
               "; name a film, or add -f tty to see the text as pictures");
  const int info = avformat_find_stream_info(format_, nullptr);
  if (info < 0 && format_->nb_streams == 0) fail_input(options_.name, media::error_text(info), "");
  streams_at_open_ = format_->nb_streams;
}

void Source::choose_streams() {
  encode_as_.resize(format_->nb_streams);
  tallies_.resize(format_->nb_streams);
  for (unsigned i = 0; i < format_->nb_streams; ++i) format_->streams[i]->discard = AVDISCARD_ALL;
  choose_video();
  const AVOutputFormat* target =
      av_guess_format(options_.target_format.empty() ? nullptr : options_.target_format.c_str(),
                      options_.target.c_str(), nullptr);
  if (target == nullptr || std::string_view(target->name) == "null") return;
  if (!options_.no_audio) choose_sound(*target);
  if (!options_.no_subtitles && !is_hash(*target)) choose_subtitles(*target);
}

void Source::choose_video() {
  std::int64_t best = 0;
  for (unsigned i = 0; i < format_->nb_streams; ++i) {
    const AVStream& st = *format_->streams[i];
    if (st.codecpar->codec_type != AVMEDIA_TYPE_VIDEO) continue;
    const bool cover = (st.disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
    const std::int64_t score =
        cover ? 1 : rank(st, std::int64_t{st.codecpar->width} * st.codecpar->height);
    if (score <= best) continue;
    best = score;
    video_ = static_cast<int>(i);
  }
  if (video_ < 0)
    fail_input(options_.name, "has no video stream",
               "; Latham needs one (sound alone: use `ffmpeg`)");
  video().discard = AVDISCARD_NONE;
  encode_as_[static_cast<std::size_t>(video_)] = "video";
}

void Source::encode_sound(int stream, const AVCodec& encoder) {
  format_->streams[stream]->discard = AVDISCARD_NONE;
  encode_as_[static_cast<std::size_t>(stream)] = encoder.name;
}

void Source::choose_sound(const AVOutputFormat& target) {
  const AVCodec* wanted = nullptr;
  if (!options_.audio_codec.empty() && options_.audio_codec != "copy") {
    wanted = avcodec_find_encoder_by_name(options_.audio_codec.c_str());
    if (wanted == nullptr || wanted->type != AVMEDIA_TYPE_AUDIO) {
      const std::string near = media::nearest_codec(options_.audio_codec, AVMEDIA_TYPE_AUDIO, true);
      throw StageFailure(FailureKind::usage,
                         fmt::format("-c:a {}: unknown audio encoder;{}", options_.audio_codec,
                                     near.empty() ? " `ffmpeg -encoders` lists them" : near));
    }
  }
  const AVCodec* usual = avcodec_find_encoder(
      av_guess_codec(&target, nullptr, options_.target.c_str(), nullptr, AVMEDIA_TYPE_AUDIO));
  const bool hash = is_hash(target) && options_.audio_codec != "copy";
  int best = -1;
  std::int64_t best_rank = 0;
  for (unsigned i = 0; i < format_->nb_streams; ++i) {
    AVStream& st = *format_->streams[i];
    const int index = static_cast<int>(i);
    if (st.codecpar->codec_type != AVMEDIA_TYPE_AUDIO) continue;
    if (hash) {
      // One stream, decoded, as ffmpeg hashes it.
      const std::int64_t score = rank(st, st.codecpar->ch_layout.nb_channels);
      if (score > best_rank) {
        best_rank = score;
        best = index;
      }
    } else if (wanted != nullptr) {
      encode_sound(index, *wanted);
    } else if (options_.audio_codec == "copy" || can_hold(target, *st.codecpar)) {
      st.discard = AVDISCARD_NONE;  // asked for by name: the container has the last word
    } else if (usual != nullptr && options_.audio_codec.empty()) {
      encode_sound(index, *usual);
      remarks_.push_back(fmt::format(
          "audio stream {} ({}) is encoded anew as {}, since the output's container cannot hold it",
          i, avcodec_get_name(st.codecpar->codec_id), usual->name));
    } else {
      remarks_.push_back(
          fmt::format("audio stream {} ({}) left out: the output's container cannot hold it", i,
                      avcodec_get_name(st.codecpar->codec_id)));
    }
  }
  const AVCodec* hashed_as = wanted != nullptr ? wanted : usual;
  if (hash && best >= 0 && hashed_as != nullptr) encode_sound(best, *hashed_as);
}

void Source::choose_subtitles(const AVOutputFormat& target) {
  for (unsigned i = 0; i < format_->nb_streams; ++i) {
    AVStream& st = *format_->streams[i];
    if (st.codecpar->codec_type != AVMEDIA_TYPE_SUBTITLE) continue;
    if (can_hold(target, *st.codecpar))
      st.discard = AVDISCARD_NONE;
    else
      remarks_.push_back(
          fmt::format("subtitle stream {} ({}) left out: the output's container cannot hold it", i,
                      avcodec_get_name(st.codecpar->codec_id)));
  }
}

bool Source::start_again() {
  if (options_.loops == 0) return false;
  if (avformat_seek_file(format_, -1, INT64_MIN, format_->start_time, format_->start_time, 0) < 0) {
    read_error_ =
        fmt::format("cannot go back to the start of '{}' for -stream_loop", options_.name);
    return false;
  }
  timeline_->loop();
  if (options_.loops > 0) --options_.loops;
  return true;
}

Source::Next Source::next(AVPacket& packet) {
  for (;;) {
    av_packet_unref(&packet);
    const int code = av_read_frame(format_, &packet);
    if (code == AVERROR(EAGAIN)) continue;
    if (code < 0) {
      if (code != AVERROR_EOF)
        read_error_ = fmt::format("read '{}': {}", options_.name, media::error_text(code));
      return start_again() ? Next::looped : Next::end;
    }
    // Streams that appear in the middle are not ours: the output's header is written.
    const auto index = static_cast<unsigned>(packet.stream_index);
    if (index >= streams_at_open_) continue;
    StreamClock& clock = timeline_->clock(packet.stream_index);
    ++clock.packets;
    if (!clock.taken && !options_.read_all) continue;
    tallies_[index].add(packet, format_->streams[index]->time_base);
    if (!clock.taken) return Next::untaken;
    if (clock.packets == 1) {
      // What the container says of the whole stream goes to the codec with its first packet.
      const AVStream& st = *format_->streams[index];
      for (int i = 0; i < media::stream_side_data_count(st); ++i) {
        const media::SideDataView sd = media::stream_side_data(st, i);
        const auto type = static_cast<AVPacketSideDataType>(sd.type);
        if (type == AV_PKT_DATA_DISPLAYMATRIX ||
            av_packet_get_side_data(&packet, type, nullptr) != nullptr)
          continue;
        std::uint8_t* copy = media::checked(av_packet_new_side_data(&packet, type, sd.size));
        std::copy_n(sd.data, sd.size, copy);
      }
    }
    timeline_->correct(packet);
    return Next::packet;
  }
}

media::StreamTable Source::table() const {
  media::StreamTable t;
  t.input_streams = static_cast<int>(format_->nb_streams);
  t.ts_offset = timeline_->offset();
  t.tags = media::tags_of(format_->metadata);
  for (unsigned i = 0; i < format_->nb_chapters; ++i) {
    const AVChapter& c = *format_->chapters[i];
    t.chapters.push_back({c.id, c.time_base, c.start, c.end, media::tags_of(c.metadata)});
  }
  for (unsigned i = 0; i < format_->nb_streams; ++i) {
    const AVStream& st = *format_->streams[i];
    if (!timeline_->clock(static_cast<int>(i)).taken) continue;
    media::StreamEntry s;
    s.index = static_cast<int>(i);
    s.encode_as = encode_as_[i];
    s.parameters.reset(media::checked(avcodec_parameters_alloc()));
    avcodec_parameters_copy(s.parameters.get(), st.codecpar);
    s.time_base = st.time_base;
    s.average_frame_rate = st.avg_frame_rate;
    s.real_frame_rate = st.r_frame_rate;
    s.sar = st.sample_aspect_ratio;
    s.disposition = st.disposition;
    s.duration = std::max<std::int64_t>(st.duration, 0);
    s.start_time_known = st.start_time != AV_NOPTS_VALUE;
    s.tags = media::tags_of(st.metadata);
    for (int k = 0; k < media::stream_side_data_count(st); ++k) {
      const media::SideDataView sd = media::stream_side_data(st, k);
      const auto* first = reinterpret_cast<const std::byte*>(sd.data);
      s.side_data.push_back({sd.type, {first, first + sd.size}});
      // Pictures are turned upright before they are encoded anew.
      if (s.encoded() && options_.upright && sd.type == AV_PKT_DATA_DISPLAYMATRIX)
        av_display_rotation_set(reinterpret_cast<std::int32_t*>(s.side_data.back().bytes.data()),
                                0);
    }
    t.streams.push_back(std::move(s));
  }
  return t;
}

}  // namespace latham::decoder
