// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "control/segment.h"
#include "encoder/packet_spool.h"

namespace latham::encoder {

/// Cuts the pictures of one stream into segments by their time, of which each begins anew: an encode that
/// was cut short goes on behind those that are whole. docs/decisions/0025-resumable.md.
class Segments {
 public:
  using Say = std::function<void(const control::Segment&)>;
  /// `length_us`: of a segment. `kept`: those that an earlier encoder has closed; their packets lie in
  /// `spool`, which must outlive this. `say` hears of each that is closed.
  Segments(int stream, std::int64_t length_us, std::vector<control::Segment> kept,
           PacketSpool& spool, Say say);

  /// Whether this picture is the first of another segment than the one that was begun. Timestamps that
  /// go back begin none.
  [[nodiscard]] bool begins_with(std::int64_t pts, AVRational time_base) const;
  /// Begins the segment of this picture.
  void begin(std::int64_t pts, AVRational time_base);
  [[nodiscard]] bool begun() const noexcept { return number_ >= 0; }

  /// The one that was begun, where its packets are here already; else nullptr, and they must be made.
  [[nodiscard]] const control::Segment* kept() const noexcept { return current_; }
  /// All packets of the one that was begun are in the spool. To be called only where more pictures follow:
  /// how the last one of a stream ends is not known before.
  void close();

 private:
  [[nodiscard]] std::int64_t number_of(std::int64_t pts, AVRational time_base) const;

  int stream_;
  std::int64_t length_us_;
  PacketSpool& spool_;
  Say say_;
  std::map<std::int64_t, control::Segment> kept_;  ///< By number.
  const control::Segment* current_ = nullptr;
  std::int64_t number_ = -1;
  std::int64_t first_pts_ = 0;
};

/// Decode timestamps of joined segments. Each segment begins with those of its own, for which there is no
/// room where one follows another; they become what one encoder had given: the timestamps of the pictures in
/// order, later by the reorder delay.
class JoinedDates {
 public:
  void correct(AVPacket& packet);

 private:
  std::vector<std::int64_t>
      pending_;  ///< Heap, the least first: shown after what was decoded so far.
  std::int64_t first_pts_ = AV_NOPTS_VALUE;
  bool delay_known_ = false;
};

}  // namespace latham::encoder
