// SPDX-License-Identifier: MIT
#include "decoder/source.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>
#include <thread>
#include <utility>

#include "decoder/devices.h"
#include "decoder/open_hint.h"
#include "media/av_log.h"
#include "media/input_context.h"
#include "media/nearest_codec.h"
#include "system/failure.h"

extern "C" {
#include <libavutil/opt.h>
}

namespace latham::decoder {
namespace {

/// Until a device is asked again, as in ffmpeg.
constexpr std::chrono::milliseconds kDeviceBound{10};

[[noreturn]] void fail_input(const std::string& name, const std::string& what,
                             const std::string& hint) {
  throw StageFailure(FailureKind::input, fmt::format("read '{}': {}{}", name, what, hint));
}

/// nullptr where it names an encoder, which stands before -i out of its place. Throws StageFailure(usage) for
/// what is neither.
const AVCodec* decoder_named(const std::string& name) {
  const AVCodec* codec = avcodec_find_decoder_by_name(name.c_str());
  if (codec == nullptr && name != "copy" && avcodec_find_encoder_by_name(name.c_str()) == nullptr) {
    const std::string near = media::nearest_codec(name, AVMEDIA_TYPE_VIDEO, false);
    throw StageFailure(FailureKind::usage,
                       fmt::format("-c {} before -i: no such decoder;{}", name,
                                   near.empty() ? " `ffmpeg -decoders` lists them" : near));
  }
  return codec;
}

/// FFmpeg looks at the streams of a kind by this decoder, too.
void foresee(AVFormatContext& input, std::string_view specifier, const std::string& name) {
  const AVCodec* codec = decoder_named(name);
  if (codec == nullptr) return;
  if (specifier == "v" && codec->type == AVMEDIA_TYPE_VIDEO) {
    input.video_codec = codec;
    input.video_codec_id = codec->id;
  } else if (specifier == "a" && codec->type == AVMEDIA_TYPE_AUDIO) {
    input.audio_codec = codec;
    input.audio_codec_id = codec->id;
  } else if (specifier == "s" && codec->type == AVMEDIA_TYPE_SUBTITLE) {
    input.subtitle_codec = codec;
    input.subtitle_codec_id = codec->id;
  }
}

bool has_option(const AVInputFormat* format, const char* name) {
  const AVClass* cls = format == nullptr ? nullptr : format->priv_class;
  return cls != nullptr && av_opt_find(&cls, name, nullptr, 0, AV_OPT_SEARCH_FAKE_OBJ) != nullptr;
}

}  // namespace

Source::Source(SourceOptions options, UniqueFd fd, stage::Stage& stage)
    : options_(std::move(options)), stage_(stage) {
  open(std::move(fd));
  timeline_ = std::make_unique<Timeline>(*format_, time_.offset, time_.keep_timestamps);
  for (unsigned i = 0; i < format_->nb_streams; ++i)
    if (format_->streams[i]->codecpar->codec_type == AVMEDIA_TYPE_VIDEO)
      timeline_->clock(static_cast<int>(i)).forced_rate = options_.rate;
  tallies_.resize(format_->nb_streams);
}

void Source::take(const std::set<int>& taken, const std::set<int>& decoded) {
  for (unsigned i = 0; i < format_->nb_streams; ++i) {
    const int index = static_cast<int>(i);
    format_->streams[i]->discard = taken.count(index) != 0 ? AVDISCARD_NONE
                                   : options_.read_all     ? AVDISCARD_DEFAULT
                                                           : AVDISCARD_ALL;
    timeline_->clock(index).taken = taken.count(index) != 0;
    timeline_->clock(index).decoded = decoded.count(index) != 0;
  }
}

bool Source::is_disabled(const AVStream& stream) const {
  switch (stream.codecpar->codec_type) {
    case AVMEDIA_TYPE_VIDEO:
      return options_.no_video;
    case AVMEDIA_TYPE_AUDIO:
      return options_.no_audio;
    case AVMEDIA_TYPE_SUBTITLE:
      return options_.no_subtitles;
    case AVMEDIA_TYPE_DATA:
      return options_.no_data;
    default:
      return false;
  }
}

void Source::open(UniqueFd fd) {
  const AVInputFormat* forced = nullptr;
  if (!options_.format.empty()) {
    forced = find_input_format(options_.format);  // devices too: by name only, as for ffmpeg
    if (forced == nullptr)
      throw StageFailure(FailureKind::usage,
                         fmt::format("-f {}: unknown input format; `ffmpeg -demuxers` lists them",
                                     options_.format));
  }
  media::Dictionary format_options;
  media::split_input_options(options_.avoptions, forced == nullptr ? nullptr : forced->priv_class,
                             decoder_options_, format_options);
  format_options.set("scan_all_pmts", "1");
  if (options_.rate.num != 0 && has_option(forced, "framerate"))
    format_options.set("framerate", fmt::format("{}/{}", options_.rate.num, options_.rate.den));

  AVFormatContext* input = media::checked(avformat_alloc_context());
  input->flags |= AVFMT_FLAG_NONBLOCK;
  // Asked by FFmpeg's protocols while they wait, some on threads of their own.
  input->interrupt_callback = {
      [](void* of) { return static_cast<const stage::Stage*>(of)->stopping() ? 1 : 0; }, &stage_};
  for (const auto& [specifier, name] : options_.codecs) foresee(*input, specifier, name);
  if (fd) {
    io_ = std::make_unique<media::ByteIo>(std::move(fd), media::ByteIo::Direction::read,
                                          &stage_.stop_event());
    input->pb = io_->context();
  }
  (void)media::last_log_line();
  const int code = avformat_open_input(&input, options_.name.c_str(), forced, &format_options.raw);
  format_.reset(input);  // null where it failed
  if (code < 0) {
    const std::string said = media::last_log_line();
    throw StageFailure(kind_of_refusal(said),
                       fmt::format("read '{}': {}", options_.name, why_not_opened(code, said)));
  }
  require_options_taken(format_options);
  // FFmpeg paints text files as pictures for their names' sake; nobody means that without saying so.
  if (forced == nullptr && std::string_view(format_->iformat->name) == "tty")
    fail_input(options_.name, "this is a text file",
               "; name a film, or add -f tty to see the text as pictures");
  const int info = avformat_find_stream_info(format_.get(), nullptr);
  if (info < 0 && format_->nb_streams == 0) fail_input(options_.name, media::error_text(info), "");
  streams_at_open_ = format_->nb_streams;
  choose_decoders();
  for (unsigned i = 0; i < streams_at_open_; ++i) {
    // A count of channels without their places gets the usual places, as ffmpeg guesses.
    AVChannelLayout& layout = format_->streams[i]->codecpar->ch_layout;
    if (layout.order == AV_CHANNEL_ORDER_UNSPEC && layout.nb_channels > 0)
      av_channel_layout_default(&layout, layout.nb_channels);
  }
  time_ = seek_to_start(*format_, options_.time, remarks_);
}

void Source::require_options_taken(const media::Dictionary& left) const {
  for (const auto& [name, value] : options_.avoptions)
    if (av_dict_get(left.raw, name.c_str(), nullptr, 0) != nullptr &&
        av_dict_get(decoder_options_.raw, name.c_str(), nullptr, 0) == nullptr)
      throw StageFailure(FailureKind::usage,
                         fmt::format("option '-{}' before -i: '{}' is read as '{}', which has no "
                                     "such option",
                                     name, options_.name, format_->iformat->name));
}

bool Source::is_decoder_option(const std::string& name) const {
  for (unsigned i = 0; i < format_->nb_streams; ++i) {
    const AVCodec* codec = decoder_of(static_cast<int>(i));
    if (codec != nullptr && !media::codec_option(*codec, name, AV_OPT_FLAG_DECODING_PARAM).empty())
      return true;
  }
  return false;
}

const AVCodec* Source::decoder_of(int stream) const {
  const auto chosen = chosen_decoders_.find(stream);
  return chosen != chosen_decoders_.end()
             ? chosen->second
             : avcodec_find_decoder(this->stream(stream).codecpar->codec_id);
}

void Source::choose_decoders() {
  for (const auto& [specifier, name] : options_.codecs) {
    const AVCodec* codec = decoder_named(name);
    if (codec == nullptr) continue;
    const std::string as_given = "-c" + (specifier.empty() ? "" : ":" + specifier);
    for (unsigned i = 0; i < format_->nb_streams; ++i) {
      AVStream& stream = *format_->streams[i];
      if (stream.codecpar->codec_type != codec->type ||
          !media::matches(*format_, stream, specifier, as_given))
        continue;
      chosen_decoders_[static_cast<int>(i)] = codec;
      stream.codecpar->codec_id = codec->id;
    }
  }
}

media::CodecContext Source::make_decoder(int stream, const std::string& hint) const {
  const AVCodecParameters& par = *this->stream(stream).codecpar;
  const AVCodec* codec = decoder_of(stream);
  if (codec == nullptr)
    throw StageFailure(FailureKind::input,
                       fmt::format("decode stream {} of '{}': no decoder for '{}' in this FFmpeg{}",
                                   stream, options_.name, avcodec_get_name(par.codec_id), hint));
  media::CodecContext context(media::checked(avcodec_alloc_context3(codec)));
  if (avcodec_parameters_to_context(context.get(), &par) < 0) throw std::bad_alloc();
  context->pkt_timebase = this->stream(stream).time_base;
  return context;
}

void Source::open_decoder(AVCodecContext& context, int stream, const std::string& hint) {
  media::Dictionary options;
  av_dict_copy(&options.raw, decoder_options_.raw, 0);
  options.set("threads", options_.threads.empty() ? "auto" : options_.threads);
  // A cover picture is one frame; threads would keep it until the end of the file.
  if ((this->stream(stream).disposition & AV_DISPOSITION_ATTACHED_PIC) != 0)
    options.set("threads", "1");
  (void)media::last_log_line();
  const AVCodec& codec = *context.codec;  // a context that could not be opened has lost it
  if (const int code = avcodec_open2(&context, &codec, &options.raw); code < 0) {
    const std::string reason = media::last_log_line();
    throw StageFailure(
        FailureKind::input,
        fmt::format("open decoder '{}' for stream {} of '{}': {}{}", codec.name, stream,
                    options_.name, reason.empty() ? media::error_text(code) : reason, hint));
  }
  // Some decoder has every option that is left (split_input_options()): of this file perhaps none.
  for (const AVDictionaryEntry* e = nullptr;
       (e = av_dict_get(options.raw, "", e, AV_DICT_IGNORE_SUFFIX)) != nullptr;) {
    if (is_decoder_option(e->key) || !useless_.insert(e->key).second) continue;
    remarks_.push_back(fmt::format(
        "option '-{}' before -i is of no use: no stream of '{}' has a decoder that takes it",
        e->key, options_.name));
  }
}

bool Source::start_again() {
  if (options_.loops == 0) return false;
  if (avformat_seek_file(format_.get(), -1, INT64_MIN, format_->start_time, format_->start_time,
                         0) < 0) {
    read_error_ =
        fmt::format("cannot go back to the start of '{}' for -stream_loop", options_.name);
    return false;
  }
  timeline_->loop();
  if (options_.loops > 0) --options_.loops;
  return true;
}

Source::Read Source::read(AVPacket& packet) {
  av_packet_unref(&packet);
  const int code = av_read_frame(format_.get(), &packet);
  // The stop may have ended a read in the middle: this may be half a packet, or an error that is none.
  if (stage_.stopping()) return Read::end;
  if (code >= 0) return Read::packet;
  if (code == AVERROR(EAGAIN)) {
    std::this_thread::sleep_for(kDeviceBound);
    return Read::again;
  }
  if (code != AVERROR_EOF)
    read_error_ = fmt::format("read '{}': {}", options_.name, media::error_text(code));
  return Read::end;
}

Source::Next Source::next(AVPacket& packet) {
  for (;;) {
    const Read got = read(packet);
    if (got == Read::again) return Next::again;
    ++packets_read_;
    if (got == Read::end) return !stage_.stopping() && start_again() ? Next::looped : Next::end;
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
  t.ts_offset = timeline_->offset();
  t.span = time_.span;
  t.may_start_late = time_.may_start_late;
  t.tags = media::tags_of(format_->metadata);
  for (unsigned i = 0; i < format_->nb_chapters; ++i) {
    const AVChapter& c = *format_->chapters[i];
    t.chapters.push_back({c.id, c.time_base, c.start, c.end, media::tags_of(c.metadata)});
  }
  for (unsigned i = 0; i < format_->nb_programs; ++i) {
    const AVProgram& p = *format_->programs[i];
    media::Program program{p.id, {}, media::tags_of(p.metadata)};
    for (unsigned k = 0; k < p.nb_stream_indexes; ++k)
      program.streams.push_back(static_cast<int>(p.stream_index[k]));
    t.programs.push_back(std::move(program));
  }
  for (unsigned i = 0; i < format_->nb_streams; ++i) {
    const AVStream& st = *format_->streams[i];
    media::StreamEntry s;
    s.index = static_cast<int>(i);
    s.id = st.id;
    s.has_packets = (st.event_flags & AVSTREAM_EVENT_FLAG_NEW_PACKETS) != 0;
    s.disabled = is_disabled(st);
    s.upright = options_.upright;
    s.parameters.reset(media::checked(avcodec_parameters_alloc()));
    avcodec_parameters_copy(s.parameters.get(), st.codecpar);
    s.time_base = st.time_base;
    s.copied_clock = media::copied_clock(st);
    if (st.codecpar->codec_type == AVMEDIA_TYPE_VIDEO) s.forced_frame_rate = options_.rate;
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
    }
    t.streams.push_back(std::move(s));
  }
  return t;
}

}  // namespace latham::decoder
