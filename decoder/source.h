// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "decoder/input_time.h"
#include "decoder/stream_clock.h"
#include "media/avoptions.h"
#include "media/byte_io.h"
#include "media/stream_table.h"
#include "media/stream_tally.h"
#include "stage/stage.h"

namespace latham::decoder {

struct SourceOptions {
  std::string name;       ///< As the user gave it; for messages and for guessing the format.
  std::string format;     ///< -f, or empty.
  long long loops = 0;    ///< -stream_loop: times to start again, -1 for ever.
  AVRational rate{0, 1};  ///< -r: pictures come at this rate, whatever they say; 0/1 if not given.
  InputTimeOptions time;
  bool upright = true;  ///< Not -noautorotate: pictures will be turned by their display matrix.
  /// Kinds of streams that nobody may take.
  bool no_video = false, no_audio = false, no_subtitles = false, no_data = false;
  bool read_all = false;  ///< Count the packets of all streams, also of those that are not taken.
  std::string threads;    ///< -threads, of every decoder; empty for auto.
  media::OptionList codecs;  ///< -c before -i: a specifier of streams each, and a name.
  media::OptionList avoptions;
};

/// The opened input: its streams, and the packets of those that are taken, with
/// timestamps set right.
class Source {
 public:
  /// `fd`: the input file, or empty for what FFmpeg opens by name (URLs, patterns, devices). Throws
  /// StageFailure(input) where it cannot be opened. Once `stage` is to stop, what was read so far was all,
  /// however long the input lets a read wait; it must outlive this.
  Source(SourceOptions options, UniqueFd fd, stage::Stage& stage);

  [[nodiscard]] AVFormatContext& format() const noexcept { return *format_; }
  [[nodiscard]] AVStream& stream(int index) const noexcept { return *format_->streams[index]; }
  [[nodiscard]] Timeline& timeline() noexcept { return *timeline_; }
  [[nodiscard]] const InputTime& time() const noexcept { return time_; }
  [[nodiscard]] AVRational forced_rate() const noexcept { return options_.rate; }
  /// What the user should know about where it begins, a sentence each.
  [[nodiscard]] const std::vector<std::string>& remarks() const noexcept { return remarks_; }
  /// A decoder for one of the streams that is not opened yet. Throws StageFailure(input) where this FFmpeg has
  /// none, for which `hint` says what else to try.
  [[nodiscard]] media::CodecContext make_decoder(int stream, const std::string& hint) const;
  /// Opens the decoder of one of the streams with what the command line says to decoders. Throws
  /// StageFailure: `input` where it does not open, for which `hint` says what else to try; `usage` where
  /// no decoder of the input knows an option.
  void open_decoder(AVCodecContext& context, int stream, const std::string& hint);

  /// `again`: a device has nothing yet, and the call slept a little. A read error counts as the end and
  /// is told by take_read_error().
  enum class Read { packet, again, end };
  /// The next packet of any stream, as the container gave it.
  Read read(AVPacket& packet);
  enum class Next { packet, untaken, again, looped, end };
  /// The next packet of a taken stream, its timestamps corrected, with read_all also of others, as
  /// the container gave it: `untaken`; `looped` where the input started again.
  Next next(AVPacket& packet);
  /// By next() so far, of any stream; and at the end once more.
  [[nodiscard]] std::int64_t packets_read() const noexcept { return packets_read_; }
  /// Whether its packets are read at all.
  [[nodiscard]] bool reads(int stream) const noexcept {
    return format_->streams[stream]->discard != AVDISCARD_ALL;
  }
  /// What was read of such a stream so far, with the timestamps that the container gave.
  [[nodiscard]] const media::StreamTally& tally(int stream) const {
    return tallies_.at(static_cast<std::size_t>(stream));
  }
  /// "" for none since it was last asked.
  [[nodiscard]] std::string take_read_error() noexcept { return std::exchange(read_error_, {}); }

  [[nodiscard]] bool upright() const noexcept { return options_.upright; }
  [[nodiscard]] media::StreamTable table() const;
  /// The streams that somebody takes, and of these the ones that are decoded: before next().
  void take(const std::set<int>& taken, const std::set<int>& decoded);

 private:
  void open(UniqueFd fd);
  [[nodiscard]] bool is_disabled(const AVStream& stream) const;
  /// Throws StageFailure(usage) for an option that the demuxer left, unless decoders may take it.
  void require_options_taken(const media::Dictionary& left) const;
  [[nodiscard]] bool is_decoder_option(const std::string& name) const;
  /// By -c before -i; as there, what is chosen decides of what codec the stream is.
  void choose_decoders();
  /// nullptr where this FFmpeg has none.
  [[nodiscard]] const AVCodec* decoder_of(int stream) const;
  bool start_again();

  SourceOptions options_;
  stage::Stage& stage_;
  std::unique_ptr<media::ByteIo> io_;
  struct Close {
    void operator()(AVFormatContext* input) const noexcept { avformat_close_input(&input); }
  };
  std::unique_ptr<AVFormatContext, Close> format_;  ///< Reads from io_.
  InputTime time_;
  std::vector<std::string> remarks_;
  std::set<std::string> useless_;  ///< Options before -i that no decoder of this file takes.
  std::unique_ptr<Timeline> timeline_;
  media::Dictionary decoder_options_;
  std::map<int, const AVCodec*> chosen_decoders_;  ///< By stream.
  unsigned streams_at_open_ = 0;
  std::vector<media::StreamTally> tallies_;
  std::int64_t packets_read_ = 0;
  std::string read_error_;
};

}  // namespace latham::decoder
