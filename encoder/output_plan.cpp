// SPDX-License-Identifier: MIT
#include "encoder/output_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "encoder/container.h"
#include "encoder/tags.h"
#include "encoder/trial_header.h"
#include "media/nearest_codec.h"
#include "system/failure.h"
#include "system/number.h"

extern "C" {
#include <libavutil/opt.h>
#include <libavutil/parseutils.h>
}

namespace latham::encoder {
namespace {

[[noreturn]] void refuse(const std::string& line) {
  throw StageFailure(FailureKind::usage, line);
}

char letter_of(AVMediaType type) {
  return type == AVMEDIA_TYPE_VIDEO ? 'v' : type == AVMEDIA_TYPE_AUDIO ? 'a' : 's';
}

std::string title_of(const ChosenStream& chosen, std::size_t inputs) {
  const AVCodecParameters& par = *chosen.source->parameters;
  const char* type = av_get_media_type_string(par.codec_type);
  const std::string where = inputs == 1 ? "" : fmt::format("{}:", chosen.input);
  return fmt::format("{} stream {}{} ({})", type == nullptr ? "unknown" : type, where,
                     chosen.source->index, avcodec_get_name(par.codec_id));
}

const AVCodec& find_encoder(const std::string& name, AVMediaType type) {
  const AVCodec* codec = avcodec_find_encoder_by_name(name.c_str());
  if (codec == nullptr)
    if (const AVCodecDescriptor* descriptor = avcodec_descriptor_get_by_name(name.c_str()))
      codec = avcodec_find_encoder(descriptor->id);
  if (codec != nullptr && codec->type == type) return *codec;
  const std::string near = media::nearest_codec(name, type, true);
  refuse(fmt::format("-c:{} {}: unknown {} encoder;{}", letter_of(type), name,
                     av_get_media_type_string(type),
                     near.empty() ? " `ffmpeg -encoders` lists them" : near));
}

/// Of subtitles text becomes text and pictures become pictures; anything else is no question.
bool is_same_kind(const ChosenStream& chosen, const AVCodec& encoder) {
  constexpr int kKinds = AV_CODEC_PROP_TEXT_SUB | AV_CODEC_PROP_BITMAP_SUB;
  const AVCodecDescriptor* from = avcodec_descriptor_get(chosen.source->parameters->codec_id);
  const AVCodecDescriptor* to = avcodec_descriptor_get(encoder.id);
  if (encoder.type != AVMEDIA_TYPE_SUBTITLE || to == nullptr) return true;
  return from != nullptr && (from->props & to->props & kKinds) != 0;
}

void require_same_kind(const ChosenStream& chosen, const AVCodec& encoder) {
  if (is_same_kind(chosen, encoder)) return;
  refuse(fmt::format(
      "-c:s {}: subtitle stream {} is {}; text cannot become pictures nor pictures text; "
      "write -c:s copy or leave it out with -map -{}:{}",
      encoder.name, chosen.source->index, avcodec_get_name(chosen.source->parameters->codec_id),
      chosen.input, chosen.source->index));
}

/// A number or four letters, as ffmpeg reads -tag.
std::uint32_t parse_tag(const std::string& text) {
  std::uint32_t tag = 0;
  const char* first = text.data();
  const char* last = first + text.size();
  const bool hex = text.starts_with("0x");
  const auto [end, error] = std::from_chars(first + (hex ? 2 : 0), last, tag, hex ? 16 : 10);
  if (error == std::errc() && end == last) return tag;
  char letters[4] = {};
  std::copy_n(first, std::min<std::size_t>(text.size(), 4), letters);
  return MKTAG(letters[0], letters[1], letters[2], letters[3]);
}

}  // namespace

OutputPlan::OutputPlan(const Options& options, std::span<const media::StreamTable> inputs)
    : options_(options), inputs_(inputs) {
  open_context();
  const std::vector<ChosenStream> all = choose_streams(options, inputs);
  for (const ChosenStream& chosen : all) add(chosen);
  for (const media::StreamEntry& file : options.attachments) attach(file);
  if (options.maps.empty()) {
    note_untaken(all);
    if (!options.no_audio && holds_one_sound(*options.format)) note_untaken_sound(all);
  }
  if (streams_.empty() && (options.format->flags & AVFMT_NOSTREAMS) == 0)
    throw StageFailure(
        FailureKind::input,
        fmt::format("no stream of the input goes into '{}' ({}); it has none that fits, or the "
                    "options forbid them all",
                    options.name, options.format->name));

  AvOptionShares shares(options.avoptions);
  std::vector<const AVCodec*> encoders;
  int kinds = 0;
  for (PlannedStream& planned : streams_) {
    read_options(planned);
    if (!planned.encoded()) continue;
    kinds |= media::option_kind(planned.type());
    encoders.push_back(planned.encoder);
    planned.codec_options = shares.of_stream(*format_, *planned.stream, *planned.encoder);
    if (!options.timecode.empty() &&
        !media::codec_option(*planned.encoder, "gop_timecode", AV_OPT_FLAG_ENCODING_PARAM).empty())
      planned.codec_options.set("gop_timecode", options.timecode);
  }
  format_options_ = shares.of_format(*options.format);
  for (std::string& remark : shares.untaken(kinds, encoders, *options.format))
    remarks_.push_back(std::move(remark));
  write_tags(options, *this);
}

bool OutputPlan::is_limited() const noexcept {
  return std::any_of(streams_.begin(), streams_.end(), [](const PlannedStream& planned) {
    return planned.most_packets != INT64_MAX;
  });
}

bool OutputPlan::may_end_early() const noexcept {
  return is_limited() || options_.shortest || options_.time.window.duration.has_value();
}

void OutputPlan::open_context() {
  AVFormatContext* format = nullptr;
  if (avformat_alloc_output_context2(&format, options_.format, nullptr, options_.name.c_str()) < 0)
    throw std::bad_alloc();
  format_.reset(format);
  for (PlannedStream& planned : streams_) add_to_context(planned);
}

void OutputPlan::add_to_context(PlannedStream& planned) {
  planned.stream = media::checked(avformat_new_stream(format_.get(), nullptr));
  planned.stream->codecpar->codec_type = planned.type();
  planned.index = planned.stream->index;
}

void OutputPlan::add(const ChosenStream& chosen) {
  PlannedStream planned;
  planned.input = chosen.input;
  planned.source = chosen.source;
  add_to_context(planned);
  if (choose_codec(chosen, planned)) {
    streams_.push_back(std::move(planned));
  } else {
    open_context();  // FFmpeg takes no stream back
  }
}

void OutputPlan::attach(const media::StreamEntry& file) {
  PlannedStream& planned = streams_.emplace_back();
  planned.source = &file;
  add_to_context(planned);
}

const AVCodec* OutputPlan::find_usual(const ChosenStream& chosen) const {
  return avcodec_find_encoder(
      usual_codec(*options_.format, options_.name, chosen.source->parameters->codec_type));
}

bool OutputPlan::leave_out(const ChosenStream& chosen) {
  const std::string line = fmt::format("{} left out: the output's container cannot hold it",
                                       title_of(chosen, inputs_.size()));
  if (!chosen.asked) {
    remarks_.push_back(line);
    return false;
  }
  refuse(fmt::format("{} was mapped, but the format '{}' cannot hold it; add -map -{}:{}",
                     title_of(chosen, inputs_.size()), options_.format->name, chosen.input,
                     chosen.source->index));
}

template <class Meant>
std::string OutputPlan::untaken(const std::vector<ChosenStream>& chosen, Meant meant) const {
  std::string titles;
  for (std::size_t i = 0; i < inputs_.size(); ++i)
    for (const media::StreamEntry& entry : inputs_[i].streams) {
      const bool taken = std::any_of(chosen.begin(), chosen.end(),
                                     [&](const ChosenStream& c) { return c.source == &entry; });
      if (taken || entry.disabled || !meant(entry)) continue;
      titles += (titles.empty() ? "" : ", ") + title_of({i, &entry}, inputs_.size());
    }
  return titles;
}

void OutputPlan::note_untaken(const std::vector<ChosenStream>& chosen) {
  const bool film =
      usual_codec(*options_.format, options_.name, AVMEDIA_TYPE_AUDIO) != AV_CODEC_ID_NONE &&
      std::any_of(streams_.begin(), streams_.end(),
                  [](const PlannedStream& p) { return p.type() == AVMEDIA_TYPE_VIDEO; });
  if (!film || is_hash(*options_.format) || is_null(*options_.format)) return;
  const std::string titles = untaken(chosen, [this](const media::StreamEntry& entry) {
    const AVMediaType type = entry.parameters->codec_type;
    const bool unwanted =
        (type == AVMEDIA_TYPE_DATA && options_.no_data) || is_track_of_tags(entry);
    return !unwanted && type != AVMEDIA_TYPE_AUDIO && type != AVMEDIA_TYPE_SUBTITLE;
  });
  if (!titles.empty())
    remarks_.push_back(
        fmt::format("{} left out: without -map the output has one picture stream and what its "
                    "container can hold beside it",
                    titles));
}

void OutputPlan::note_untaken_sound(const std::vector<ChosenStream>& chosen) {
  const std::string titles = untaken(chosen, [](const media::StreamEntry& entry) {
    return entry.parameters->codec_type == AVMEDIA_TYPE_AUDIO;
  });
  if (!titles.empty())
    remarks_.push_back(
        fmt::format("{} left out: '{}' has room for one track of sound; choose another with -map",
                    titles, options_.format->name));
}

bool OutputPlan::is_shaped(const PlannedStream& planned) const {
  constexpr std::array kPicture = {"filter", "s", "pix_fmt", "aspect", "r", "q"};
  constexpr std::array kSound = {"filter", "ar", "ac", "channel_layout", "sample_fmt"};
  const auto is_given = [&](const char* name) {
    return options_.streams.find(name, *format_, *planned.stream).has_value();
  };
  if (names_stream(options_.avoptions, *format_, *planned.stream)) return true;
  if (planned.type() == AVMEDIA_TYPE_VIDEO)
    return std::any_of(kPicture.begin(), kPicture.end(), is_given);
  // A plain -q is meant for the picture.
  const auto qualities = options_.streams.all("q");
  return std::any_of(kSound.begin(), kSound.end(), is_given) ||
         std::any_of(qualities.begin(), qualities.end(),
                     [](const auto& quality) { return quality.first.starts_with("a"); });
}

bool OutputPlan::choose_codec(const ChosenStream& chosen, PlannedStream& planned) {
  const AVMediaType type = planned.type();
  const AVCodecParameters& par = *chosen.source->parameters;
  const bool cover = (chosen.source->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0 &&
                     holds_covers(*options_.format);
  const bool fits = can_hold(*options_.format, par) || (cover && is_cover_codec(par.codec_id));
  if (chosen.as_it_is) return fits || leave_out(chosen);
  const auto named = options_.streams.find("c", *format_, *planned.stream);
  const bool coded =
      type == AVMEDIA_TYPE_VIDEO || type == AVMEDIA_TYPE_AUDIO || type == AVMEDIA_TYPE_SUBTITLE;
  if (!coded) return fits || leave_out(chosen);
  if (named == "copy") {
    if (options_.streams.find("filter", *format_, *planned.stream))
      refuse(
          fmt::format("output '{}': {} cannot be filtered and copied at once; leave out its "
                      "filter, or its '-c copy'",
                      options_.name, title_of(chosen, inputs_.size())));
    // "All as it is" is not meant to fail for subtitles of which the container knows nothing.
    if (type == AVMEDIA_TYPE_SUBTITLE && !fits && refusal_to_copy(options_, *chosen.source))
      return leave_out(chosen);
    return true;  // the container has the last word
  }
  if (named) {
    planned.encoder = &find_encoder(*named, type);
    if (type == AVMEDIA_TYPE_SUBTITLE) require_same_kind(chosen, *planned.encoder);
    return true;
  }
  const bool for_itself = is_hash(*options_.format) || is_null(*options_.format);
  const bool shaped = type != AVMEDIA_TYPE_SUBTITLE && is_shaped(planned);
  const bool keep = fits && !shaped &&
                    (type == AVMEDIA_TYPE_AUDIO   ? !for_itself
                     : type == AVMEDIA_TYPE_VIDEO ? cover
                                                  : true);
  std::string reason;
  if (keep) {
    if (type == AVMEDIA_TYPE_VIDEO) return true;
    const auto refusal = refusal_to_copy(options_, *chosen.source);
    if (!refusal) return true;
    if (!refusal->empty()) reason = ": " + *refusal;
  }
  planned.encoder = find_usual(chosen);
  if (planned.encoder == nullptr && type == AVMEDIA_TYPE_VIDEO)
    refuse(fmt::format("output '{}': format '{}' has no usual video codec here; give one with -c:v",
                       options_.name, options_.format->name));
  if (planned.encoder == nullptr || !is_same_kind(chosen, *planned.encoder)) {
    planned.encoder = nullptr;
    return leave_out(chosen);
  }
  if (type != AVMEDIA_TYPE_VIDEO && !for_itself && !shaped)
    remarks_.push_back(
        fmt::format("{} is encoded anew as {}, since the output's container cannot hold it{}",
                    title_of(chosen, inputs_.size()), planned.encoder->name, reason));
  return true;
}

void OutputPlan::read_options(PlannedStream& planned) {
  const auto find = [&](const char* name) {
    return options_.streams.find(name, *format_, *planned.stream);
  };
  if (const auto tag = find("tag")) planned.tag = parse_tag(*tag);
  planned.bitstream_filters = find("bsf").value_or("");
  if (const auto aspect = find("aspect");
      aspect && (av_parse_ratio(&planned.aspect, aspect->c_str(), 255, 0, nullptr) < 0 ||
                 planned.aspect.num <= 0 || planned.aspect.den <= 0))
    refuse(fmt::format("-aspect {}: not a ratio; try -aspect 16:9", *aspect));
  if (const auto rate = find("r"); planned.type() == AVMEDIA_TYPE_VIDEO && rate &&
                                   av_parse_video_rate(&planned.rate, rate->c_str()) < 0)
    refuse(fmt::format("-r {}: not a frame rate; try -r 25 or -r 30000/1001", *rate));
  if (const auto frames = find("frames")) {
    const auto most = parse_number<std::int64_t>(*frames);
    if (!most || *most < 1)
      refuse(fmt::format("-frames {}: must be a number of frames from 1", *frames));
    planned.most_packets = *most;
  }
}

}  // namespace latham::encoder
