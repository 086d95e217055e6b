// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/channel.h"
#include "bench/test_frame.h"

/// One side of a measured edge: what runs in the processes (or threads) that pass frames.
namespace latham::bench {

enum class Mode {
  stream,   ///< As fast as it goes.
  latency,  ///< One frame at a time, sent when the consumer has had time to fall asleep.
};

struct SidePlan {
  Transport transport = Transport::shm;
  FrameSize size;
  Mode mode = Mode::stream;
  double seconds = 1;           ///< Measured time, after the warm-up frames.
  std::uint64_t frames = 0;     ///< Instead of seconds: measured frames; 0 for by time.
  std::uint64_t corrupt = 0;    ///< The producer flips one byte of this frame; 0 for none.
  bool spin = false;            ///< The consumer looks without sleeping.
  std::uint32_t consumers = 1;  ///< Each of them sees every frame; more than one: shm only.
};

/// Frames before the measured ones: enough that every slot and buffer was touched.
inline constexpr std::uint64_t kWarmFrames = 24;

/// Between two frames of Mode::latency: time for the consumer to take what came, find nothing more
/// and fall asleep.
inline constexpr std::chrono::microseconds kLatencyGap{300};

/// What one side saw, from the end of the warm-up on.
struct SideResult {
  std::uint64_t frames = 0;
  double seconds = 0;
  double cpu_us = 0;
  std::uint64_t voluntary = 0;     ///< Context switches: it slept.
  std::uint64_t involuntary = 0;   ///< It was made to wait.
  std::uint64_t copied_bytes = 0;  ///< By this end and, on its behalf, by the kernel.
  // At the consumer, one for each frame:
  std::vector<double>
      latency_us;               ///< From send to arrival; in Mode::stream with time in the queue.
  std::vector<double> take_us;  ///< Mode::latency: the call that took the frame.
};

/// Whose CPU time and switches count.
enum class Usage { process, thread };

/// A frame that is not what was sent.
class WrongFrame : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Both run to the end of the stream. Throw std::runtime_error when the peer went away, WrongFrame
/// for the first wrong byte.
[[nodiscard]] SideResult produce(const SidePlan& plan, SenderEnd& end, Usage usage);
[[nodiscard]] SideResult consume(const SidePlan& plan, ReceiverEnd& end, Usage usage);

}  // namespace latham::bench
