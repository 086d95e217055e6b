// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "media/av.h"

namespace latham::decoder {

/// Where one stream stands, in microseconds of output time; INT64_MIN (AV_NOPTS_VALUE) where unknown.
/// Kept as ffmpeg 5.1 keeps it, since discontinuities are judged by it.
struct StreamClock {
  bool taken = false;    ///< The stream goes into the output.
  bool decoded = false;  ///< Its packets are decoded here, not copied.
  bool started = false;
  bool wrap_settled = false;
  std::int64_t packets = 0;
  std::int64_t pts = 0;
  std::int64_t dts = 0;
  std::int64_t next_pts = AV_NOPTS_VALUE;
  std::int64_t next_dts = AV_NOPTS_VALUE;
  int last_samples = 0;  ///< Decoded sound: of the last frame; for loops.
  int sample_rate = 0;   ///< Decoded sound.
  /// Copied sound: what a packet lasts by the parameters that the input was opened with, microseconds;
  /// nothing where they do not say. Later ones do not count, as in ffmpeg.
  std::optional<std::int64_t> packet_us;
  AVRational forced_rate{0, 1};        ///< Of pictures, where -r sets it.
  std::int64_t least_pts = INT64_MAX;  ///< In stream units, over all packets; for loops.
  std::int64_t most_pts = INT64_MIN;
};

/// Brings the timestamps of all streams of one input onto one axis: start time, wrap-around,
/// discontinuities of transport streams, loops.
class Timeline {
 public:
  /// `offset`: added to the input's timestamps, microseconds, until a discontinuity changes it.
  /// `keep_timestamps`: discontinuities stay as they are, but for wrap-around.
  Timeline(AVFormatContext& input, std::int64_t offset, bool keep_timestamps);

  [[nodiscard]] StreamClock& clock(int stream) {
    return clocks_.at(static_cast<std::size_t>(stream));
  }
  /// Added to the input's timestamps now, microseconds.
  [[nodiscard]] std::int64_t offset() const noexcept { return offset_; }

  /// Corrects pts and dts of a packet that was just demuxed.
  void correct(AVPacket& packet);

  /// Before the packet is decoded or copied: the clock takes its dts.
  void begin_packet(const AVPacket* packet, int stream, int reorder_delay);
  /// A copied packet's share of time; call between begin_packet() and sending it.
  void advance_copied(const AVPacket& packet);

  /// The input starts again: what comes follows what was.
  void loop();

 private:
  void settle_wrap(AVPacket& packet, StreamClock& clock);
  void mend_discontinuity(AVPacket& packet, StreamClock& clock);
  void shift(AVPacket& packet, std::int64_t delta_us) const;

  [[nodiscard]] bool wraps(const AVPacket& packet, const StreamClock& clock) const;

  AVFormatContext& input_;
  std::vector<StreamClock> clocks_;
  std::int64_t offset_;
  bool keep_timestamps_;
  std::int64_t last_dts_ = AV_NOPTS_VALUE;  ///< Of any stream, microseconds.
  std::int64_t looped_ = 0;                 ///< Length of what was played, in looped_base_ units.
  AVRational looped_base_{1, 1};
};

/// What a packet lasts where it does not say so: from the frame rate and the parser's field count.
[[nodiscard]] std::int64_t guessed_duration_us(const AVStream& stream, AVRational frame_rate,
                                               int ticks_per_frame);

}  // namespace latham::decoder
