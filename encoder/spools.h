// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <vector>

#include "encoder/options.h"
#include "encoder/output_plan.h"
#include "encoder/segments.h"
#include "stage/stage.h"

namespace latham::encoder {

/// --resumable: all packets of the output, until it is joined of them. Each stream of pictures that are
/// encoded has a spool of its own, which outlives this process segment by segment; what comes from one
/// input beside them shares one, which is made anew each time.
class Spools {
 public:
  /// `files`: as they were handed over. `options`, `stage` must outlive this.
  Spools(std::vector<stage::SpoolFile> files, const Options& options, stage::Stage& stage);
  Spools(const Spools&) = delete;
  Spools& operator=(const Spools&) = delete;

  /// How the pictures of this stream are cut.
  [[nodiscard]] Segments& segments(int stream) { return pictures_.at(stream).segments; }

  /// Before its first packet: what the stream's timestamps count.
  void set_time_base(int stream, AVRational time_base) { time_bases_[stream] = time_base; }
  void append(const PlannedStream& planned, AVPacket& packet);
  [[nodiscard]] std::int64_t bytes() const noexcept;

  using Give = std::function<void(int stream, AVPacket& packet)>;
  /// Gives all packets back, in an order that depends on nothing but them: of the spool first whose next one
  /// is to be decoded first.
  void replay(const Give& give);

 private:
  struct Pictures {
    Pictures(int stream, UniqueFd file, std::vector<control::Segment> kept, const Options& options,
             stage::Stage& stage);
    PacketSpool spool;
    Segments segments;
  };
  struct Source {
    explicit Source(PacketSpool& spool) : reader(spool) {}
    SpoolReader reader;
    std::optional<JoinedDates> dates;  ///< Of pictures.
    media::Packet next;
    bool has_next = false;
  };

  void advance(Source& source);
  [[nodiscard]] bool is_before(const AVPacket& a, const AVPacket& b) const;

  stage::Stage& stage_;
  std::map<int, Pictures> pictures_;           ///< By stream of the output.
  std::map<std::size_t, PacketSpool> beside_;  ///< By input.
  std::map<int, AVRational> time_bases_;       ///< By stream of the output.
};

}  // namespace latham::encoder
