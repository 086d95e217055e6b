// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "encoder/bitstream_filter.h"
#include "encoder/copied_stream.h"
#include "encoder/output_plan.h"
#include "encoder/place.h"
#include "encoder/spools.h"
#include "media/byte_io.h"
#include "media/stream_table.h"
#include "media/stream_tally.h"

namespace latham::encoder {

/// The output file. The header waits until every encoder is open; packets that come before it are kept.
/// Streams go by their index in the output.
class Muxer {
 public:
  /// `plan` must outlive this. `output`: the descriptor to write to; empty where the format writes nothing
  /// or makes its own files. `spools`: where packets wait until finish(); nullptr: they go into the output
  /// as they come.
  Muxer(const Options& options, OutputPlan& plan, UniqueFd output, Spools* spools);
  ~Muxer();

  /// Of the output's chapters, in microseconds.
  [[nodiscard]] std::vector<std::int64_t> chapter_starts() const;
  /// How the pictures of this stream are cut; nullptr: not at all.
  [[nodiscard]] Segments* segments(int stream) {
    return spools_ == nullptr ? nullptr : &spools_->segments(stream);
  }
  [[nodiscard]] bool wants_global_headers() const noexcept {
    return (options_.format->flags & AVFMT_GLOBALHEADER) != 0;
  }

  /// An encoder is open: its parameters are in its stream's codecpar, its ticks in `time_base`. The
  /// header is written with the last of them.
  void opened(int stream, AVRational time_base);
  [[nodiscard]] bool has_header() const noexcept { return has_header_; }
  /// Some packet came, be it only kept for the header.
  [[nodiscard]] bool has_packets() const noexcept;

  /// One encoded packet, in encoder ticks; moved from. `constant_rate`: every packet lasts one of its
  /// frames; 0/1 to keep the packet's own duration.
  void write_encoded(int stream, AVPacket& packet, AVRational constant_rate);
  /// What comes next was given there.
  void at(const Place& place) noexcept { place_ = place; }
  /// What is opened from now on is so at the end of all inputs.
  void all_was_read();
  /// One packet of the input at(), for every stream that is a copy of its stream.
  void write_copied(const media::CopiedPacket& packet);
  /// This copied stream has nothing more to give, or all that -frames lets into the output.
  [[nodiscard]] bool copy_ended(int stream) const {
    return streams_.at(static_cast<std::size_t>(stream)).copied->ended();
  }
  [[nodiscard]] bool copy_full(int stream) const {
    return streams_.at(static_cast<std::size_t>(stream)).copied->full();
  }
  /// No copied stream has anything more to give: -t is over for it. A stream of few packets, such as
  /// subtitles, counts as over where the others are so by far.
  [[nodiscard]] bool copies_ended() const;
  /// Where the shortest copied sound or picture of this input ends in the output, microseconds; INT64_MAX
  /// where it has none.
  [[nodiscard]] std::int64_t copies_end_us(std::size_t input) const;
  /// This input has no more packets.
  void end_copies_of(std::size_t input);
  /// No packet is copied from this time of the output on, microseconds.
  void end_copies_at(std::int64_t end_us);
  /// Some stream has come to this time, microseconds of corrected input time.
  void reached(std::int64_t time_us) noexcept { reached_us_ = std::max(reached_us_, time_us); }
  /// Trailer and flush. Throws StageFailure(output) where any byte could not be written.
  void finish();

  /// Written of the picture streams that are encoded.
  [[nodiscard]] std::int64_t video_packets() const noexcept;
  /// How far the stream that is furthest has come, microseconds.
  [[nodiscard]] std::int64_t time_us() const noexcept { return time_us_; }
  /// Where the sound begins, less where the pictures do, of the first stream of each: microseconds, without
  /// what is heard of no sound since its codec leads in with it. Nothing before both have begun.
  [[nodiscard]] std::optional<std::int64_t> sound_offset_us() const noexcept;
  /// Written so far, with what waits in the container's buffer.
  [[nodiscard]] std::int64_t bytes() const noexcept;

  /// What became of each stream, as fields of a status line: `index` here, `input` and there
  /// `source`, `type`, what was written (media::StreamTally), and for a copied stream `taken` and `refused`.
  [[nodiscard]] std::vector<std::map<std::string, std::string>> accounts() const;

  using Warn = std::function<void(const std::string&)>;
  void on_warning(Warn warn) { warn_ = std::move(warn); }

 private:
  struct OutputStream {
    const PlannedStream* plan = nullptr;
    std::optional<BitstreamFilter> filter;  ///< -bsf, once the stream is open.
    bool open = false;              ///< Its parameters are known: always for a copied stream.
    AVRational encoder_base{0, 1};  ///< Encoded streams only: of packets as they come.
    AVRational packet_base{0, 1};   ///< Of packets on their way to write().
    std::int64_t last_dts = AV_NOPTS_VALUE;
    std::optional<CopiedStream> copied;  ///< None where it is encoded.
    bool warned = false;
    media::StreamTally written;
    std::int64_t lead_in_us = 0;     ///< Of sound: what a player skips.
    std::deque<media::Packet> kept;  ///< Encoded before the header could be written.
  };

  /// A muxer that reads back what it wrote (-movflags +faststart) opens it by its name, once. Files that
  /// we were not handed stay closed to it.
  static int open_again(AVFormatContext* format, AVIOContext** context, const char* url, int flags,
                        AVDictionary** options);
  static int close_again(AVFormatContext* format, AVIOContext* context);

  void add_stream(const PlannedStream& planned, const media::InputSpan& span);
  void copy(OutputStream& out, CopiedStream::Admitted& admitted);
  void open_filter(OutputStream& out);
  [[nodiscard]] bool all_open() const noexcept;
  void write_header();
  void take(OutputStream& out, AVPacket& packet);
  void filter(OutputStream& out, AVPacket* packet);
  void keep_or_write(OutputStream& out, AVPacket& packet);
  void write(OutputStream& out, AVPacket& packet);
  static std::int64_t lead_in_us(const AVCodecParameters& par, const AVPacket& first);
  void order(OutputStream& out, AVPacket& packet);
  [[noreturn]] void fail(const std::string& what, int code);

  const Options& options_;
  AVFormatContext* format_;  ///< The plan's.
  Spools* spools_;
  std::unique_ptr<media::ByteIo> io_;
  UniqueFd reads_back_;                   ///< The output once more, for open_again().
  std::unique_ptr<media::ByteIo> again_;  ///< While the muxer reads it.
  media::Dictionary format_options_;
  std::deque<OutputStream> streams_;
  Place place_;
  bool has_header_ = false;
  /// By input: how many of its packets are read before the header can be written. Each input is read only for its own
  /// streams that are still to be opened, in whatever order ffmpeg takes the inputs.
  std::vector<std::int64_t> read_before_header_;
  std::int64_t reached_us_ = INT64_MIN;
  std::int64_t time_us_ = 0;
  Warn warn_;
};

}  // namespace latham::encoder
