// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "media/av.h"
#include "media/time_window.h"

/// What goes from the decoder to the encoder beside the frames: a StreamTable before anything else, by
/// which the encoder chooses; then, as messages on the packet channel, packets of the copied streams,
/// decoded sound, and an end.
namespace latham::media {

class ByteReader;

/// In the order of the input, which players show.
using Tags = std::vector<std::pair<std::string, std::string>>;

struct StreamEntry {
  int index = 0;            ///< In the input.
  int id = 0;               ///< The container's own number for it; MPEG-TS: the PID.
  bool has_packets = true;  ///< Some were seen when the input was opened.
  bool disabled = false;    ///< By -an and its like of the input.
  bool upright = true;      ///< Its pictures are turned by their display matrix: not -noautorotate.
  CodecParameters parameters;
  AVRational time_base{0, 1};
  AVRational average_frame_rate{0, 1};
  AVRational real_frame_rate{0, 1};
  AVRational sar{0, 1};
  int disposition = 0;
  std::int64_t duration = 0;  ///< In time_base units; 0 where unknown.
  bool start_time_known = false;
  Tags tags;
  struct SideData {
    int type;
    std::vector<std::byte> bytes;
  };
  std::vector<SideData> side_data;
};

struct Chapter {
  std::int64_t id = 0;
  AVRational time_base{1, 1};
  std::int64_t start = 0;
  std::int64_t end = 0;
  Tags tags;
};

struct Program {
  int id = 0;
  std::vector<int> streams;
  Tags tags;
};

/// An input: all of its streams, whatever becomes of them.
struct StreamTable {
  std::int64_t ts_offset = 0;  ///< Added to the input's timestamps so far, microseconds.
  InputSpan span;
  /// A constant frame rate is not filled up to the first picture: a lone stream, or -copyts.
  bool may_start_late = false;
  Tags tags;
  std::vector<Chapter> chapters;
  std::vector<Program> programs;
  std::vector<StreamEntry> streams;  ///< Each at its index.
};

/// A copied packet; its timestamps are corrected and in its stream's time base.
struct CopiedPacket {
  Packet packet;              ///< stream_index is the input's.
  std::int64_t clock_us = 0;  ///< The stream's running dts, for a packet that has none.
};

enum class MessageKind : std::uint8_t {
  packet = 'P',
  audio = 'A',
  subtitle_track = 'T',  ///< These two: subtitles.h
  subtitle = 'S',
  mark = 'M',
  end = 'E',
};

/// In a playback: what was sent before this belongs to another place in the file.
struct SeekMark {
  std::uint32_t number = 0;       ///< Of the seek, as it was asked for.
  std::uint64_t first_frame = 0;  ///< Number on the edge of the first frame after it.
};

void write_packet(const AVPacket& packet, std::int64_t clock_us, std::vector<std::byte>& out);
/// Decoded sound of one stream; pts counts samples.
void write_audio(const AVFrame& frame, int stream, std::vector<std::byte>& out);
void write_mark(const SeekMark& mark, std::vector<std::byte>& out);
void write_end(std::vector<std::byte>& out);

void write_table(const StreamTable& table, std::vector<std::byte>& out);
/// Throws std::runtime_error for bytes that are not a table.
[[nodiscard]] StreamTable read_table(std::span<const std::byte> bytes);

/// The kind of a message. These throw std::runtime_error for bytes that are not such a message.
[[nodiscard]] MessageKind kind_of(std::span<const std::byte> message);
/// What follows the kind.
[[nodiscard]] ByteReader open_message(std::span<const std::byte> message, MessageKind kind);
[[nodiscard]] SeekMark read_mark(std::span<const std::byte> message);
[[nodiscard]] CopiedPacket read_packet(std::span<const std::byte> message);
/// Fills `frame`; returns its stream's index in the input.
[[nodiscard]] int read_audio(std::span<const std::byte> message, AVFrame& frame);

[[nodiscard]] Tags tags_of(const AVDictionary* dictionary);
void set_tags(AVDictionary** dictionary, const Tags& tags);

}  // namespace latham::media
