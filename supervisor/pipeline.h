// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "control/message.h"
#include "ringbuf/producer.h"
#include "supervisor/job.h"

/// What to start and how to join it, as plain data. Everything here is a pure function: nothing is
/// started, opened or asked.
namespace latham::supervisor {

/// What a decoder said when it was ready.
struct DecoderFacts {
  std::optional<std::int64_t> duration_us;
};
[[nodiscard]] DecoderFacts decoder_facts(const control::Message& ready);

/// Where an encoder's bytes go.
enum class OutputKind : std::uint8_t {
  file,  ///< Into a descriptor that we open.
  none,  ///< Nowhere.
  self,  ///< Into files that the muxer opens itself: image sequences, segments, addresses.
};

/// One stream of an output and what its encoder wants for it.
struct Want {
  enum class As : std::uint8_t {
    frames,   ///< Pictures, on an edge.
    decoded,  ///< Sound, beside the packets.
    copied,   ///< Packets as they are.
  };
  int stream = 0;         ///< Of the output.
  std::size_t input = 0;  ///< Where it comes from.
  int source = 0;         ///< Stream there.
  As as = As::copied;
  // Of frames only:
  bool filtered = false;              ///< They must go through a filter.
  std::optional<std::size_t> filter;  ///< Which -filter option of the output is its graph.
  std::string pix_fmts;               ///< That it takes, joined by commas; empty: any.
  std::string colours;                ///< What it takes of them, as the format filter spells it.
  std::string size;                   ///< -s; empty: as it comes.
};

/// What an encoder said when it was ready.
struct EncoderFacts {
  OutputKind output = OutputKind::file;
  std::vector<Want> wants;  ///< A row for each stream of the output.
  bool limited = false;     ///< It may be done before its inputs are: -frames, -t, -to, -shortest.
};
/// `wants`: its lines of that word. Throws Failure(failed) for one that names no input of the job.
[[nodiscard]] EncoderFacts encoder_facts(const control::Message& ready,
                                         std::span<const control::Message> wants,
                                         std::size_t inputs);

using ringbuf::Policy;

struct StagePlan {
  std::string kind;               ///< "decoder"; its program is latham-decoder.
  std::string name;               ///< For messages: "decoder", "encoder 1" where there are several.
  std::vector<std::string> argv;  ///< Without argv[0].
  bool desktop = false;           ///< Needs the user's desktop, and so the whole environment.
};

struct ConsumerPlan {
  std::size_t stage;  ///< Index in Pipeline::stages.
  int stream;         ///< Of the consumer, that the frames become.
  Policy policy;
};

/// One producer, its pool, and who reads it.
struct EdgePlan {
  std::uint32_t number;  ///< In its session, from 1.
  std::size_t producer;  ///< Index in Pipeline::stages.
  int stream;            ///< Of the producer, that the frames are.
  std::vector<ConsumerPlan> consumers;
  /// How the filter graphs of the consumers begin, one each; empty where there is none.
  std::vector<std::string> filters;
  /// Edges further upstream whose pixels may be forwarded on this one.
  std::vector<std::uint32_t> upstream;
};

/// The ring that carries everything but pictures from one decoder to one encoder.
struct PacketPlan {
  std::size_t producer;
  std::size_t consumer;
  std::size_t input;         ///< Of the job, that the producer reads.
  std::vector<int> copied;   ///< Streams of that input whose packets go as they are.
  std::vector<int> decoded;  ///< Streams whose sound goes decoded.
};

struct Pipeline {
  /// In the direction of the data: a decoder for each input, the filters, an encoder for each output.
  std::vector<StagePlan> stages;
  std::vector<EdgePlan> edges;  ///< In the same order.
  std::vector<PacketPlan> packets;
};

/// Decoders and encoders can be started before anything is known.
/// `more`: options that the last try has shown to be needed.
[[nodiscard]] StagePlan plan_decoder(const Job& job, std::size_t input,
                                     const std::vector<std::string>& more = {});
[[nodiscard]] StagePlan plan_encoder(const Job& job, std::size_t output);

/// A guest of the pipeline, not a part of it.
[[nodiscard]] StagePlan plan_viewer(const std::string& title, std::optional<int> loglevel,
                                    std::optional<std::int64_t> duration_us);

/// The options of this output alone tell that its encoder will want a filter, if it wants pictures at all.
[[nodiscard]] bool will_filter(const Output& output);

/// `encoders`: in the order of the outputs. Over pipes an edge has one consumer, so a stream that several
/// take has several edges.
[[nodiscard]] Pipeline plan_pipeline(const Job& job, std::span<const EncoderFacts> encoders);

/// What a window shows of it: the edge that gives the first encoder its pictures, then the one from which its
/// source comes, where that is another. Empty: no pictures there.
[[nodiscard]] std::vector<std::uint32_t> edges_to_show(const Pipeline& pipeline,
                                                       std::size_t outputs);

}  // namespace latham::supervisor
