// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <span>
#include <string>
#include <utility>

#include "encoder/audio_encoder.h"
#include "encoder/options.h"
#include "encoder/output_plan.h"
#include "encoder/subtitle_encoder.h"

namespace latham::encoder {

/// The encoders of all that is no picture: sound and subtitles, which come as messages beside the frames.
class BesideEncoders {
 public:
  /// All must outlive this. Throws StageFailure(usage) for what an encoder cannot be told.
  BesideEncoders(const Options& options, OutputPlan& plan, Muxer& muxer);
  BesideEncoders(const BesideEncoders&) = delete;
  BesideEncoders& operator=(const BesideEncoders&) = delete;

  /// Decoded sound of an input. Returns its time, microseconds.
  std::int64_t encode_sound(std::size_t input, std::span<const std::byte> message);
  void begin_subtitles(std::size_t input, std::span<const std::byte> message);
  void encode_subtitle(std::size_t input, std::span<const std::byte> message);
  /// This input has no more of it.
  void finish(std::size_t input);
  /// See AudioEncoder::cut().
  void cut();
  /// Nothing is encoded from this time of the output on, microseconds.
  void end_at(std::int64_t end_us);

  /// The encoder of a sound stream of the output; nullptr for another.
  [[nodiscard]] const AudioEncoder* sound(int stream) const;
  /// No sound is wanted any more.
  [[nodiscard]] bool sound_done() const;
  [[nodiscard]] std::size_t subtitle_streams() const noexcept { return subtitles_.size(); }
  /// Where the shortest sound of this input ends, microseconds of the output; INT64_MAX where it has none.
  [[nodiscard]] std::int64_t end_us(std::size_t input) const;
  /// Adds to the account of a stream of the output what came for it.
  void account(std::map<std::string, std::string>& fields) const;

 private:
  struct Sound {
    Sound(const Options& options, OutputPlan& plan, PlannedStream& stream, Muxer& muxer);
    const PlannedStream& planned;
    AudioEncoder encoder;
  };
  struct Subtitles {
    const PlannedStream& planned;
    SubtitleEncoder encoder;
  };
  struct Taken {
    std::int64_t messages = 0;
    std::int64_t samples = 0;
  };

  std::deque<Sound> sound_;
  std::deque<Subtitles> subtitles_;
  std::map<std::pair<std::size_t, int>, Taken> taken_;  ///< By input and stream there.
};

}  // namespace latham::encoder
