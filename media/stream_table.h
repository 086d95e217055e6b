// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "media/av.h"
#include "media/copied_clock.h"
#include "media/time_window.h"

/// What the decoder says of its input before anything else, by which the encoder chooses.
namespace latham::media {

class ByteReader;
class ByteWriter;

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
  CopiedClock copied_clock;
  AVRational forced_frame_rate{0, 1};  ///< -r of the input; 0/1 where not given.
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

void write_table(const StreamTable& table, std::vector<std::byte>& out);
/// Throws std::runtime_error for bytes that are not a table.
[[nodiscard]] StreamTable read_table(std::span<const std::byte> bytes);

/// Parts of it that messages have, too.
void write_layout(ByteWriter& writer, const AVChannelLayout& layout);
void read_layout(ByteReader& reader, AVChannelLayout& layout);

[[nodiscard]] Tags tags_of(const AVDictionary* dictionary);
void set_tags(AVDictionary** dictionary, const Tags& tags);

}  // namespace latham::media
