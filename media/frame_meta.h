// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "media/av.h"

/// What travels with a frame, as bytes: FrameMeta, then side data records {u32 type, u32 bytes,
/// payload padded to 8}. A reader in another language needs this header and ringbuf/shm_layout.h.
namespace latham::media {

inline constexpr std::uint32_t kFrameMetaVersion = 2;

/// Fixed-width, host byte order. Enumerations hold FFmpeg's numbers, which follow ISO/IEC 23091-2
/// for colour; the pixel format travels by name, since its numbers vary between FFmpeg versions.
struct FrameMeta {
  std::uint32_t version;
  std::uint32_t bytes;    ///< sizeof(FrameMeta).
  char pixel_format[32];  ///< FFmpeg's name, zero-padded.
  std::int32_t width;     ///< Pixels, 1..
  std::int32_t height;
  std::int64_t pts;       ///< In time_base units; INT64_MIN where unknown.
  std::int64_t duration;  ///< In source_time_base units; 0 where unknown.
  std::int64_t
      end_time_us;  ///< Where the decoder expects the next frame, microseconds; INT64_MIN where unknown.
  std::int64_t packet_dts;
  std::int64_t packets_read;         ///< Of the input, when the decoder gave it.
  std::int64_t packet_position;      ///< Byte offset in the input, -1 where unknown.
  std::int32_t time_base[2];         ///< Of pts.
  std::int32_t source_time_base[2];  ///< Of the decoded stream.
  std::int32_t frame_rate[2];        ///< As guessed or set by a filter; 0/1 where unknown.
  std::int32_t sar[2];               ///< Sample aspect ratio; 0/1 where unknown.
  std::int32_t range, primaries, transfer, matrix, chroma_location;
  std::int32_t picture_type;
  std::int32_t repeat_picture;
  std::int32_t packet_bytes;
  std::int32_t decode_error_flags;
  std::int32_t bits_per_raw_sample;  ///< 0 where filters changed the pixels.
  std::uint32_t flags;               ///< FrameFlag bits.
  std::int32_t display_matrix[9];    ///< Of the whole stream, where kHasDisplayMatrix.
  std::uint32_t side_data_count;
};
static_assert(sizeof(FrameMeta) == 216);

enum FrameFlag : std::uint32_t {
  kKey = 1U << 0,
  kInterlaced = 1U << 1,
  kTopFieldFirst = 1U << 2,
  kCorrupt = 1U << 3,
  kHasDisplayMatrix = 1U << 4,
  kStaysAsCoded = 1U << 5,
};

/// What the edge knows about its stream beside the frame itself.
struct StreamNote {
  AVRational time_base{0, 1};         ///< Of AVFrame::pts.
  AVRational source_time_base{0, 1};  ///< Of AVFrame::pkt_duration.
  AVRational frame_rate{0, 1};
  std::int64_t end_time_us = INT64_MIN;  ///< After the last frame this is the end of the stream.
  /// Of the input, when the decoder gave the frame or the last of those that it was made of. Rises from
  /// frame to frame, and puts them into one order with what lies beside them (packets_read() there).
  std::int64_t packets_read = 0;
  int bits_per_raw_sample = 0;
  bool stays_as_coded = false;  ///< -noautorotate: no display matrix turns the picture.
  bool has_display_matrix = false;
  std::int32_t display_matrix[9] = {};
};

/// The bytes for `frame`, in `out` (reused from frame to frame). Returns the types of side data
/// that did not fit into `most` bytes: the caller names them to the user once.
std::vector<int> write_meta(const AVFrame& frame, const StreamNote& note, std::size_t most,
                            std::vector<std::byte>& out);

/// Fills everything of `frame` but its pixels and buffers. Checks every number first: false for
/// anything that FFmpeg could not have written (unknown version or format, impossible size,
/// records that overrun).
[[nodiscard]] bool read_meta(std::span<const std::byte> bytes, AVFrame& frame, StreamNote& note);

}  // namespace latham::media
