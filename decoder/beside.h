// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "decoder/input_time.h"
#include "decoder/source.h"
#include "media/av.h"
#include "media/messages.h"
#include "media/subtitles.h"
#include "stage/stage.h"

namespace latham::decoder {

/// Gives to the encoders everything that is no picture: packets as they are, decoded sound and subtitles, and
/// word of how far the input is read. Each message goes to all who take its stream; what a dead predecessor
/// has given to one is counted only. Calls return once the message is on its way, and throw
/// StageFailure(neighbour) where an encoder is gone.
class Beside {
 public:
  /// All must outlive this. `limit` is told of decoded sound and subtitles.
  Beside(stage::Stage& stage, const Source& source, stage::Wiring& wiring, ReadLimit& limit);

  /// `counts`: false for a packet of a stream that is decoded for others.
  void send_packet(const AVPacket& packet, std::int64_t dts_us, bool counts);
  void send_sound(const AVFrame& frame, int stream);
  void send_subtitle(const media::SubtitleEvent& event);
  /// Before the first event of a stream.
  void send_subtitle_track(const media::SubtitleTrack& track, int stream);
  /// Those who must know whether something is still to come beside a frame need not wait for it for long.
  void tell_progress();
  void end();

  /// Messages that a predecessor has given and that are still to be made once more, at the most.
  [[nodiscard]] std::int64_t behind() const noexcept;
  /// A predecessor with more threads has read further before its codec was at the end of -t.
  [[nodiscard]] bool was_read_further() const noexcept;
  [[nodiscard]] bool drained() const;

  struct Given {
    std::int64_t messages = 0;
    std::int64_t samples = 0;
  };
  /// To each encoder that takes the stream.
  [[nodiscard]] Given given(int stream) const;
  /// Some encoder takes its packets as they are.
  [[nodiscard]] bool is_copied(int stream) const;
  /// Messages from the input's -ss on.
  [[nodiscard]] std::int64_t in_window() const noexcept { return in_window_; }

 private:
  void count(int stream, std::int64_t time_us);
  void send_decoded(int stream);
  void send(stage::PacketsOut& out);

  stage::Stage& stage_;
  const Source& source_;
  stage::Wiring& wiring_;
  ReadLimit& limit_;
  std::vector<std::byte> message_;
  std::map<int, Given> given_;
  std::int64_t in_window_ = 0;
};

}  // namespace latham::decoder
