// SPDX-License-Identifier: MIT
#include "media/frame_meta.h"

#include <algorithm>
#include <cstring>
#include <string_view>

extern "C" {
#include <libavutil/imgutils.h>
}

namespace latham::media {
namespace {

struct RecordHeader {
  std::uint32_t type;
  std::uint32_t bytes;
};

/// The record type for a frame's metadata dictionary (`key=value` lines that filters leave).
constexpr std::uint32_t kMetadataRecord = 0xffffffff;

void put_rational(std::int32_t* to, AVRational q) {
  to[0] = q.num;
  to[1] = q.den;
}

AVRational get_rational(const std::int32_t* from) {
  return {from[0], from[1]};
}

bool append_record(std::vector<std::byte>& out, std::size_t most, std::uint32_t type,
                   const void* data, std::size_t size) {
  const std::size_t padded = (size + 7) / 8 * 8;
  if (out.size() + sizeof(RecordHeader) + padded > most) return false;
  const RecordHeader header{type, static_cast<std::uint32_t>(size)};
  const std::size_t at = out.size();
  out.resize(at + sizeof(header) + padded);
  std::memcpy(out.data() + at, &header, sizeof(header));
  std::memcpy(out.data() + at + sizeof(header), data, size);
  return true;
}

/// zero-separated key, value, key, value...
std::vector<char> flatten(const AVDictionary* dictionary) {
  std::vector<char> flat;
  const AVDictionaryEntry* e = nullptr;
  while ((e = av_dict_get(dictionary, "", e, AV_DICT_IGNORE_SUFFIX)) != nullptr)
    for (const char* text : {e->key, e->value})
      flat.insert(flat.end(), text, text + std::strlen(text) + 1);
  return flat;
}

bool unflatten(std::span<const std::byte> bytes, AVDictionary** dictionary) {
  if (bytes.empty() || bytes.back() != std::byte{0}) return false;
  const char* at = reinterpret_cast<const char*>(bytes.data());
  const char* end = at + bytes.size();
  while (at < end) {
    const char* key = at;
    at += std::strlen(at) + 1;
    if (at >= end) return false;
    av_dict_set(dictionary, key, at, 0);
    at += std::strlen(at) + 1;
  }
  return true;
}

bool is_sane_rational(const std::int32_t* q) {
  return q[1] > 0 && q[0] >= 0;
}

AVPixelFormat format_by_name(const char* name) {
  // The same name comes with every frame; the search is long.
  thread_local std::string last_name;
  thread_local AVPixelFormat last = AV_PIX_FMT_NONE;
  if (last_name != name) {
    last = av_get_pix_fmt(name);
    last_name = name;
  }
  return last;
}

}  // namespace

std::vector<int> write_meta(const AVFrame& frame, const StreamNote& note, std::size_t most,
                            std::vector<std::byte>& out) {
  FrameMeta m{};
  m.version = kFrameMetaVersion;
  m.bytes = sizeof(FrameMeta);
  if (const char* name = av_get_pix_fmt_name(static_cast<AVPixelFormat>(frame.format)))
    std::strncpy(m.pixel_format, name, sizeof(m.pixel_format) - 1);
  m.width = frame.width;
  m.height = frame.height;
  m.pts = frame.pts;
  m.duration = frame_duration(frame);
  m.end_time_us = note.end_time_us;
  m.packet_dts = frame.pkt_dts;
  put_rational(m.time_base, note.time_base);
  put_rational(m.source_time_base, note.source_time_base);
  put_rational(m.frame_rate, note.frame_rate);
  put_rational(m.sar, frame.sample_aspect_ratio);
  m.range = frame.color_range;
  m.primaries = frame.color_primaries;
  m.transfer = frame.color_trc;
  m.matrix = frame.colorspace;
  m.chroma_location = frame.chroma_location;
  m.picture_type = frame.pict_type;
  m.repeat_picture = frame.repeat_pict;
  m.packets_read = note.packets_read;
  m.packet_position = packet_position(frame);
  m.packet_bytes = packet_bytes(frame);
  m.decode_error_flags = frame.decode_error_flags;
  m.bits_per_raw_sample = note.bits_per_raw_sample;
  m.flags = (is_key(frame) ? kKey : 0U) | (is_interlaced(frame) ? kInterlaced : 0U) |
            (is_top_field_first(frame) ? kTopFieldFirst : 0U) |
            ((frame.flags & AV_FRAME_FLAG_CORRUPT) != 0 ? kCorrupt : 0U) |
            (note.has_display_matrix ? kHasDisplayMatrix : 0U) |
            (note.stays_as_coded ? kStaysAsCoded : 0U);
  std::copy_n(note.display_matrix, 9, m.display_matrix);

  out.resize(sizeof(m));
  std::vector<int> dropped;
  for (int i = 0; i < frame.nb_side_data; ++i) {
    const AVFrameSideData& sd = *frame.side_data[i];
    if (append_record(out, most, static_cast<std::uint32_t>(sd.type), sd.data, sd.size))
      ++m.side_data_count;
    else
      dropped.push_back(sd.type);
  }
  if (frame.metadata != nullptr) {
    const std::vector<char> flat = flatten(frame.metadata);
    if (!flat.empty() && append_record(out, most, kMetadataRecord, flat.data(), flat.size()))
      ++m.side_data_count;
  }
  std::memcpy(out.data(), &m, sizeof(m));
  return dropped;
}

bool read_meta(std::span<const std::byte> bytes, AVFrame& frame, StreamNote& note) {
  FrameMeta m{};
  if (bytes.size() < sizeof(m)) return false;
  std::memcpy(&m, bytes.data(), sizeof(m));
  if (m.version != kFrameMetaVersion || m.bytes != sizeof(m)) return false;
  if (m.pixel_format[sizeof(m.pixel_format) - 1] != '\0') return false;
  const AVPixelFormat format = format_by_name(m.pixel_format);
  if (format == AV_PIX_FMT_NONE || m.width <= 0 || m.height <= 0 ||
      av_image_check_size(static_cast<unsigned>(m.width), static_cast<unsigned>(m.height), 0,
                          nullptr) < 0)
    return false;
  if (!is_sane_rational(m.time_base) || m.time_base[0] == 0 ||
      !is_sane_rational(m.source_time_base) || !is_sane_rational(m.frame_rate) || m.sar[1] < 0 ||
      m.sar[0] < 0)
    return false;

  frame.format = format;
  frame.width = m.width;
  frame.height = m.height;
  frame.pts = m.pts;
  frame.best_effort_timestamp = m.pts;
  set_frame_duration(frame, m.duration);
  frame.pkt_dts = m.packet_dts;
  set_packet_place(frame, m.packet_position, m.packet_bytes);
  frame.sample_aspect_ratio = get_rational(m.sar);
  frame.color_range = static_cast<AVColorRange>(m.range);
  frame.color_primaries = static_cast<AVColorPrimaries>(m.primaries);
  frame.color_trc = static_cast<AVColorTransferCharacteristic>(m.transfer);
  frame.colorspace = static_cast<AVColorSpace>(m.matrix);
  frame.chroma_location = static_cast<AVChromaLocation>(m.chroma_location);
  frame.pict_type = static_cast<AVPictureType>(m.picture_type);
  frame.repeat_pict = m.repeat_picture;
  frame.decode_error_flags = m.decode_error_flags;
  if ((m.flags & kCorrupt) != 0) frame.flags |= AV_FRAME_FLAG_CORRUPT;
  set_scan(frame, (m.flags & kKey) != 0, (m.flags & kInterlaced) != 0,
           (m.flags & kTopFieldFirst) != 0);

  note.time_base = get_rational(m.time_base);
  note.source_time_base = get_rational(m.source_time_base);
  note.frame_rate = get_rational(m.frame_rate);
  note.end_time_us = m.end_time_us;
  note.packets_read = m.packets_read;
  note.bits_per_raw_sample = m.bits_per_raw_sample;
  note.stays_as_coded = (m.flags & kStaysAsCoded) != 0;
  note.has_display_matrix = (m.flags & kHasDisplayMatrix) != 0;
  std::copy_n(m.display_matrix, 9, note.display_matrix);

  std::size_t at = sizeof(m);
  for (std::uint32_t i = 0; i < m.side_data_count; ++i) {
    RecordHeader header{};
    if (bytes.size() - at < sizeof(header)) return false;
    std::memcpy(&header, bytes.data() + at, sizeof(header));
    at += sizeof(header);
    const std::size_t padded = (std::size_t{header.bytes} + 7) / 8 * 8;
    if (bytes.size() - at < padded) return false;
    const auto payload = bytes.subspan(at, header.bytes);
    at += padded;
    if (header.type == kMetadataRecord) {
      if (!unflatten(payload, &frame.metadata)) return false;
      continue;
    }
    AVFrameSideData* sd =
        av_frame_new_side_data(&frame, static_cast<AVFrameSideDataType>(header.type), header.bytes);
    if (sd == nullptr) return false;
    if (header.bytes > 0) std::memcpy(sd->data, payload.data(), header.bytes);
  }
  return true;
}

}  // namespace latham::media
