// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "encoder/options.h"
#include "encoder/stream_choice.h"
#include "media/input_context.h"

namespace latham::encoder {

/// One stream of the output: where it comes from and what becomes of it.
struct PlannedStream {
  int index = 0;  ///< In the output.
  AVStream* stream = nullptr;
  std::size_t input = 0;
  const media::StreamEntry* source = nullptr;
  const AVCodec* encoder = nullptr;  ///< Makes it anew from decoded frames; nullptr: it is copied.
  media::Dictionary codec_options;   ///< Of that encoder.
  std::uint32_t tag = 0;             ///< -tag; 0 where not given.
  std::string bitstream_filters;     ///< -bsf; empty where not given.
  std::int64_t most_packets = INT64_MAX;  ///< -frames
  AVRational aspect{0, 1};                ///< -aspect; 0/1 where not given.
  AVRational rate{0, 1};                  ///< -r; 0/1 where not given.
  std::optional<double>
      rotation;  ///< -metadata:s rotate, degrees clockwise, of a copy's display matrix.

  [[nodiscard]] AVMediaType type() const { return source->parameters->codec_type; }
  [[nodiscard]] bool encoded() const { return encoder != nullptr; }
  [[nodiscard]] bool of_input() const { return source->index >= 0; }  ///< Not of -attach.
};

/// What the output will be: its streams, each with its codec and options, before anything is opened. Refers
/// to the tables of the inputs, which must outlive it.
class OutputPlan {
 public:
  /// Throws StageFailure(usage) for what cannot be, such as unknown codecs or options that nobody takes;
  /// StageFailure(input) where no stream of the inputs fits the output.
  OutputPlan(const Options& options, std::span<const media::StreamTable> inputs);

  [[nodiscard]] AVFormatContext& format() const noexcept { return *format_; }
  [[nodiscard]] std::deque<PlannedStream>& streams() noexcept { return streams_; }
  [[nodiscard]] const std::deque<PlannedStream>& streams() const noexcept { return streams_; }
  [[nodiscard]] std::span<const media::StreamTable> inputs() const noexcept { return inputs_; }
  [[nodiscard]] media::Dictionary take_format_options() { return std::move(format_options_); }
  /// -frames limits some stream.
  [[nodiscard]] bool is_limited() const noexcept;
  /// It may be done before its inputs are: -frames, -t, -to, -shortest.
  [[nodiscard]] bool may_end_early() const noexcept;
  /// What the user should know about the choice of streams, a sentence each.
  [[nodiscard]] const std::vector<std::string>& remarks() const noexcept { return remarks_; }

 private:
  void open_context();
  void add_to_context(PlannedStream& planned);
  void add(const ChosenStream& chosen);
  void attach(const media::StreamEntry& file);
  /// The titles of all streams of the inputs that are `meant` and were not chosen.
  template <class Meant>
  [[nodiscard]] std::string untaken(const std::vector<ChosenStream>& chosen, Meant meant) const;
  /// Of our own choice: what a film has more than the output of it.
  void note_untaken(const std::vector<ChosenStream>& chosen);
  /// The same of sound, where the container has room for one track.
  void note_untaken_sound(const std::vector<ChosenStream>& chosen);
  /// Some option says what the picture is to look like, or the sound to be: it is not to be kept as it is.
  [[nodiscard]] bool is_shaped(const PlannedStream& planned) const;
  [[nodiscard]] bool choose_codec(const ChosenStream& chosen, PlannedStream& planned);
  [[nodiscard]] bool leave_out(const ChosenStream& chosen);
  [[nodiscard]] const AVCodec* find_usual(const ChosenStream& chosen) const;
  void read_options(PlannedStream& planned);

  const Options& options_;
  std::span<const media::StreamTable> inputs_;
  media::FormatContext format_;
  std::deque<PlannedStream> streams_;
  media::Dictionary format_options_;
  std::vector<std::string> remarks_;
};

}  // namespace latham::encoder
