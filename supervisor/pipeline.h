// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "control/message.h"
#include "supervisor/job.h"

/// What to start and how to join it, as plain data. Everything here is a pure function: nothing is
/// started, opened or asked.
namespace latham::supervisor {

/// What the decoder said when it was ready.
struct DecoderFacts {
  bool video = true;
  bool rotate = false;            ///< The stream's display matrix needs a filter.
  std::string pix_fmt;            ///< Empty if not known before the first frame.
  std::uint64_t frame_bytes = 0;  ///< Of one frame with its padding; 0 if unknown.
  std::optional<std::int64_t> duration_us;
};
[[nodiscard]] DecoderFacts decoder_facts(const control::Message& ready);

/// Where the encoder's bytes go.
enum class OutputKind : std::uint8_t {
  file,  ///< Into a descriptor that we open.
  none,  ///< Nowhere.
  self,  ///< Into files that the muxer opens itself: image sequences, segments, addresses.
};

/// What the encoder said when it was ready.
struct EncoderFacts {
  std::vector<std::string> pix_fmts;  ///< That of -pix_fmt, else all that it takes; empty: any.
  OutputKind output = OutputKind::file;
};
[[nodiscard]] EncoderFacts encoder_facts(const control::Message& ready);

enum class Policy : std::uint8_t { lossless, latest };
[[nodiscard]] std::string_view word(Policy policy);

struct StagePlan {
  std::string name;               ///< "decoder"; its program is latham-decoder.
  std::vector<std::string> argv;  ///< Without argv[0].
  bool desktop = false;           ///< Needs the user's desktop, and so the whole environment.
};

struct ConsumerPlan {
  std::size_t stage;  ///< Index in Pipeline::stages.
  Policy policy;
};

/// One producer, its pool, and who reads it.
struct EdgePlan {
  std::uint32_t number;  ///< In its session, from 1.
  std::size_t producer;  ///< Index in Pipeline::stages.
  std::vector<ConsumerPlan> consumers;
  /// Edges further upstream whose pixels may be forwarded on this one.
  std::vector<std::uint32_t> upstream;
};

/// The ring that carries everything but video past the filters.
struct PacketPlan {
  std::size_t producer;
  std::size_t consumer;
};

struct Pipeline {
  std::vector<StagePlan> stages;  ///< In the direction of the data: decoder first, encoder last.
  std::vector<EdgePlan> edges;    ///< In the same order.
  PacketPlan packets{};
};

/// The decoder and the encoder can be started before anything is known.
[[nodiscard]] StagePlan plan_decoder(const Job& job);
[[nodiscard]] StagePlan plan_encoder(const Job& job);

/// A guest of the pipeline, not a part of it.
[[nodiscard]] StagePlan plan_viewer(const std::string& title, const std::string& loglevel,
                                    std::optional<std::int64_t> duration_us);

/// Whether frames must go through a filter on their way.
[[nodiscard]] bool needs_filter(const Output& output, const DecoderFacts& decoder,
                                const EncoderFacts& encoder);

/// The encoder of this output stops before its input does (-frames).
[[nodiscard]] bool is_limited(const Output& output);

[[nodiscard]] Pipeline plan_pipeline(const Job& job, const DecoderFacts& decoder,
                                     const EncoderFacts& encoder);

}  // namespace latham::supervisor
