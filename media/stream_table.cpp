// SPDX-License-Identifier: MIT
#include "media/stream_table.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "media/byte_stream.h"

namespace latham::media {
namespace {

constexpr std::uint32_t kTableVersion = 3;

void put(ByteWriter& w, AVRational q) {
  w.number(std::int32_t{q.num});
  w.number(std::int32_t{q.den});
}

AVRational get_rational(ByteReader& r) {
  const auto num = r.number<std::int32_t>();
  const auto den = r.number<std::int32_t>();
  return {num, den};
}

void put(ByteWriter& w, const Tags& tags) {
  w.number(static_cast<std::uint32_t>(tags.size()));
  for (const auto& [key, value] : tags) {
    w.text(key);
    w.text(value);
  }
}

Tags get_tags(ByteReader& r) {
  Tags tags;
  for (std::uint32_t n = r.count(8); n > 0; --n) {
    std::string key = r.text();
    tags.emplace_back(std::move(key), r.text());
  }
  return tags;
}

void put(ByteWriter& w, const InputSpan& span) {
  w.number(span.window.start.value_or(AV_NOPTS_VALUE));
  w.number(span.window.duration.value_or(AV_NOPTS_VALUE));
  w.number(span.copy_start);
  w.number(span.beside_start);
  w.number(span.copy_end);
}

InputSpan get_span(ByteReader& r) {
  InputSpan span;
  for (std::optional<std::int64_t>* time : {&span.window.start, &span.window.duration}) {
    const auto us = r.number<std::int64_t>();
    if (us != AV_NOPTS_VALUE) *time = us;
  }
  span.copy_start = r.number<std::int64_t>();
  span.beside_start = r.number<std::int64_t>();
  span.copy_end = r.number<std::int64_t>();
  return span;
}

void put(ByteWriter& w, const AVCodecParameters& p) {
  for (const int value : {static_cast<int>(p.codec_type),
                          static_cast<int>(p.codec_id),
                          p.format,
                          p.bits_per_coded_sample,
                          p.bits_per_raw_sample,
                          p.profile,
                          p.level,
                          p.width,
                          p.height,
                          static_cast<int>(p.field_order),
                          static_cast<int>(p.color_range),
                          static_cast<int>(p.color_primaries),
                          static_cast<int>(p.color_trc),
                          static_cast<int>(p.color_space),
                          static_cast<int>(p.chroma_location),
                          p.video_delay,
                          p.sample_rate,
                          p.block_align,
                          p.frame_size,
                          p.initial_padding,
                          p.trailing_padding,
                          p.seek_preroll})
    w.number(std::int32_t{value});
  w.number(std::uint32_t{p.codec_tag});
  w.number(std::int64_t{p.bit_rate});
  put(w, p.sample_aspect_ratio);
  write_layout(w, p.ch_layout);
  w.bytes(p.extradata, p.extradata == nullptr ? 0 : static_cast<std::size_t>(p.extradata_size));
}

CodecParameters get_parameters(ByteReader& r) {
  CodecParameters out(checked(avcodec_parameters_alloc()));
  AVCodecParameters& p = *out;
  const auto next = [&r] { return r.number<std::int32_t>(); };
  p.codec_type = static_cast<AVMediaType>(next());
  p.codec_id = static_cast<AVCodecID>(next());
  p.format = next();
  p.bits_per_coded_sample = next();
  p.bits_per_raw_sample = next();
  p.profile = next();
  p.level = next();
  p.width = next();
  p.height = next();
  p.field_order = static_cast<AVFieldOrder>(next());
  p.color_range = static_cast<AVColorRange>(next());
  p.color_primaries = static_cast<AVColorPrimaries>(next());
  p.color_trc = static_cast<AVColorTransferCharacteristic>(next());
  p.color_space = static_cast<AVColorSpace>(next());
  p.chroma_location = static_cast<AVChromaLocation>(next());
  p.video_delay = next();
  p.sample_rate = next();
  p.block_align = next();
  p.frame_size = next();
  p.initial_padding = next();
  p.trailing_padding = next();
  p.seek_preroll = next();
  p.codec_tag = r.number<std::uint32_t>();
  p.bit_rate = r.number<std::int64_t>();
  p.sample_aspect_ratio = get_rational(r);
  read_layout(r, p.ch_layout);
  const auto extra = r.bytes();
  if (!extra.empty()) {
    p.extradata = static_cast<std::uint8_t*>(
        checked(av_mallocz(extra.size() + AV_INPUT_BUFFER_PADDING_SIZE)));
    p.extradata_size = static_cast<int>(extra.size());
    std::memcpy(p.extradata, extra.data(), extra.size());
  }
  return out;
}

void put(ByteWriter& w, const StreamEntry& s) {
  w.number(std::int32_t{s.index});
  w.number(std::int32_t{s.id});
  w.number(static_cast<std::uint8_t>(s.has_packets ? 1 : 0));
  w.number(static_cast<std::uint8_t>(s.disabled ? 1 : 0));
  w.number(static_cast<std::uint8_t>(s.upright ? 1 : 0));
  put(w, *s.parameters);
  for (const AVRational q :
       {s.time_base, s.copied_clock.usual, s.copied_clock.in_avi, s.copied_clock.at_constant_rate,
        s.forced_frame_rate, s.average_frame_rate, s.real_frame_rate, s.sar})
    put(w, q);
  w.number(std::int32_t{s.disposition});
  w.number(s.duration);
  w.number(static_cast<std::uint8_t>(s.start_time_known ? 1 : 0));
  put(w, s.tags);
  w.number(static_cast<std::uint32_t>(s.side_data.size()));
  for (const auto& sd : s.side_data) {
    w.number(std::int32_t{sd.type});
    w.bytes(sd.bytes.data(), sd.bytes.size());
  }
}

StreamEntry get_stream(ByteReader& r) {
  StreamEntry s;
  s.index = r.number<std::int32_t>();
  s.id = r.number<std::int32_t>();
  s.has_packets = r.number<std::uint8_t>() != 0;
  s.disabled = r.number<std::uint8_t>() != 0;
  s.upright = r.number<std::uint8_t>() != 0;
  s.parameters = get_parameters(r);
  for (AVRational* q : {&s.time_base, &s.copied_clock.usual, &s.copied_clock.in_avi,
                        &s.copied_clock.at_constant_rate, &s.forced_frame_rate,
                        &s.average_frame_rate, &s.real_frame_rate, &s.sar})
    *q = get_rational(r);
  for (const AVRational q :
       {s.time_base, s.copied_clock.usual, s.copied_clock.in_avi, s.copied_clock.at_constant_rate})
    if (q.num <= 0 || q.den <= 0) throw std::runtime_error("stream table: time base not positive");
  if (s.forced_frame_rate.num < 0 || s.forced_frame_rate.den <= 0)
    throw std::runtime_error("stream table: frame rate not positive");
  s.disposition = r.number<std::int32_t>();
  s.duration = r.number<std::int64_t>();
  s.start_time_known = r.number<std::uint8_t>() != 0;
  s.tags = get_tags(r);
  for (std::uint32_t n = r.count(8); n > 0; --n) {
    const auto type = r.number<std::int32_t>();
    const auto bytes = r.bytes();
    s.side_data.push_back({type, {bytes.begin(), bytes.end()}});
  }
  return s;
}

}  // namespace

void write_layout(ByteWriter& w, const AVChannelLayout& layout) {
  w.text(layout.nb_channels > 0 ? layout_name(layout) : "");
}

void read_layout(ByteReader& r, AVChannelLayout& layout) {
  const std::string name = r.text();
  if (!name.empty() && av_channel_layout_from_string(&layout, name.c_str()) < 0)
    throw std::runtime_error("message between stages: unknown channel layout");
}

void write_table(const StreamTable& t, std::vector<std::byte>& out) {
  ByteWriter w(out);
  w.number(kTableVersion);
  w.number(t.ts_offset);
  put(w, t.span);
  w.number(static_cast<std::uint8_t>(t.may_start_late ? 1 : 0));
  put(w, t.tags);
  w.number(static_cast<std::uint32_t>(t.chapters.size()));
  for (const Chapter& c : t.chapters) {
    w.number(c.id);
    put(w, c.time_base);
    w.number(c.start);
    w.number(c.end);
    put(w, c.tags);
  }
  w.number(static_cast<std::uint32_t>(t.programs.size()));
  for (const Program& p : t.programs) {
    w.number(std::int32_t{p.id});
    w.number(static_cast<std::uint32_t>(p.streams.size()));
    for (const int stream : p.streams) w.number(std::int32_t{stream});
    put(w, p.tags);
  }
  w.number(static_cast<std::uint32_t>(t.streams.size()));
  for (const StreamEntry& s : t.streams) put(w, s);
}

StreamTable read_table(std::span<const std::byte> bytes) {
  ByteReader r(bytes);
  if (r.number<std::uint32_t>() != kTableVersion)
    throw std::runtime_error("stream table: of another version");
  StreamTable t;
  t.ts_offset = r.number<std::int64_t>();
  t.span = get_span(r);
  t.may_start_late = r.number<std::uint8_t>() != 0;
  t.tags = get_tags(r);
  for (std::uint32_t n = r.count(32); n > 0; --n) {
    Chapter c;
    c.id = r.number<std::int64_t>();
    c.time_base = get_rational(r);
    c.start = r.number<std::int64_t>();
    c.end = r.number<std::int64_t>();
    c.tags = get_tags(r);
    t.chapters.push_back(std::move(c));
  }
  for (std::uint32_t n = r.count(12); n > 0; --n) {
    Program p;
    p.id = r.number<std::int32_t>();
    for (std::uint32_t m = r.count(4); m > 0; --m) p.streams.push_back(r.number<std::int32_t>());
    p.tags = get_tags(r);
    t.programs.push_back(std::move(p));
  }
  for (std::uint32_t n = r.count(64); n > 0; --n) {
    t.streams.push_back(get_stream(r));
    if (t.streams.back().index != static_cast<int>(t.streams.size()) - 1)
      throw std::runtime_error("stream table: streams out of order");
  }
  return t;
}

Tags tags_of(const AVDictionary* dictionary) {
  Tags tags;
  const AVDictionaryEntry* e = nullptr;
  while ((e = av_dict_get(dictionary, "", e, AV_DICT_IGNORE_SUFFIX)) != nullptr)
    tags.emplace_back(e->key, e->value);
  return tags;
}

void set_tags(AVDictionary** dictionary, const Tags& tags) {
  for (const auto& [key, value] : tags)
    av_dict_set(dictionary, key.c_str(), value.c_str(), AV_DICT_DONT_OVERWRITE);
}

}  // namespace latham::media
