// SPDX-License-Identifier: MIT
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "encoder/options.h"
#include "media/byte_io.h"
#include "media/stream_table.h"
#include "media/stream_tally.h"

namespace latham::encoder {

/// The output file: the encoded picture, sound that is encoded, streams that are copied. The header waits
/// until every encoder is open; packets that come before it are kept.
class Muxer {
 public:
  /// `table` must outlive this. `output`: the descriptor to write to; empty where the format writes nothing or makes its own
  /// files. `format_options`: what is left for the container.
  Muxer(const Options& options, const media::StreamTable& table, UniqueFd output,
        media::Dictionary format_options);
  ~Muxer();

  /// The output stream made from this stream of the input; throws std::out_of_range for none.
  [[nodiscard]] AVStream& stream(int source) { return *find(source).stream; }
  [[nodiscard]] const media::StreamEntry& video_source() const noexcept {
    return *streams_[0].source;
  }
  /// Of the output's chapters, in microseconds.
  [[nodiscard]] std::vector<std::int64_t> chapter_starts() const;
  [[nodiscard]] bool wants_global_headers() const noexcept {
    return (options_.format->flags & AVFMT_GLOBALHEADER) != 0;
  }

  /// An encoder is open: its parameters are in stream(source).codecpar, its ticks in `time_base`. The
  /// header is written with the last of them.
  void opened(int source, AVRational time_base);
  [[nodiscard]] bool has_header() const noexcept { return has_header_; }

  /// One encoded packet, in encoder ticks; moved from. `constant_duration`: in encoder ticks, 0 to
  /// keep the packet's own.
  void write_encoded(int source, AVPacket& packet, std::int64_t constant_duration);
  /// One packet of a copied stream; streams that were not chosen are ignored.
  void write_copied(media::CopiedPacket packet);
  /// Trailer and flush. Throws StageFailure(output) where any byte could not be written.
  void finish();

  [[nodiscard]] std::int64_t video_packets() const noexcept {
    return streams_[0].written.packets();
  }
  /// Written so far, with what waits in the container's buffer.
  [[nodiscard]] std::int64_t bytes() const noexcept;

  /// What became of each stream, as fields of a status line: `index` here, `source` in the input,
  /// `type`, what was written (media::StreamTally), and for a copied stream `taken` and `refused`.
  [[nodiscard]] std::vector<std::map<std::string, std::string>> accounts() const;

  using Warn = std::function<void(const std::string&)>;
  void on_warning(Warn warn) { warn_ = std::move(warn); }

 private:
  struct OutputStream {
    AVStream* stream = nullptr;
    const media::StreamEntry* source = nullptr;
    bool open = false;              ///< Its parameters are known: always for a copied stream.
    AVRational encoder_base{0, 1};  ///< Encoded streams only: of packets as they come.
    AVRational packet_base{0, 1};   ///< Of packets on their way to write().
    std::int64_t last_dts = AV_NOPTS_VALUE;
    std::int64_t rescale_last = AV_NOPTS_VALUE;  ///< av_rescale_delta's memory.
    bool started = false;
    bool warned = false;
    std::int64_t taken = 0;    ///< Copied streams only: packets that came.
    std::int64_t refused = 0;  ///< Of these not written, since nothing could decode them.
    media::StreamTally written;
    std::deque<media::Packet> kept;
  };

  /// A muxer that reads back what it wrote (-movflags +faststart) opens it by its name, once. Files that
  /// we were not handed stay closed to it.
  static int open_again(AVFormatContext* format, AVIOContext** context, const char* url, int flags,
                        AVDictionary** options);
  static int close_again(AVFormatContext* format, AVIOContext* context);

  void add_stream(const media::StreamEntry& source);
  void copy_chapters(const media::StreamTable& table);
  [[nodiscard]] OutputStream& find(int source);
  void write_header();
  void keep_or_write(OutputStream& out, AVPacket& packet);
  void write(OutputStream& out, AVPacket& packet);
  void order(OutputStream& out, AVPacket& packet);
  [[noreturn]] void fail(const std::string& what, int code);

  const Options& options_;
  AVFormatContext* format_ = nullptr;
  std::unique_ptr<media::ByteIo> io_;
  UniqueFd reads_back_;                   ///< The output once more, for open_again().
  std::unique_ptr<media::ByteIo> again_;  ///< While the muxer reads it.
  media::Dictionary format_options_;
  std::deque<OutputStream> streams_;  ///< The picture first.
  bool has_header_ = false;
  Warn warn_;
};

}  // namespace latham::encoder
