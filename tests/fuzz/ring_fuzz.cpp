// SPDX-License-Identifier: MIT
// Fuzzes the shared pages: the input is what a hostile producer has put into its pool, 8 bytes a word, at the
// place that the two bytes before it name.
#include <cstdint>
#include <cstring>

#include "ringbuf/packet_ring.h"
#include "tests/unit/ringbuf/edge.h"

namespace {

using namespace latham::ringbuf;
using test::copy_of;

std::uint64_t sum;

void look_at(const HeldFrame& frame) {
  for (std::uint32_t p = 0; p < frame.plane_count; ++p) {
    const auto& plane = frame.plane[p];
    if (plane.rows == 0 || plane.row_bytes == 0) continue;
    const std::byte* last = plane.data + static_cast<std::int64_t>(plane.rows - 1) * plane.stride;
    sum += std::to_integer<unsigned>(plane.data[0]) +
           std::to_integer<unsigned>(last[plane.row_bytes - 1]);
  }
  sum += frame.meta.size();
}

/// Until nothing comes any more, or it is refused; a hostile head cannot make this long.
template <class Take>
void drain(Take&& take) {
  for (int i = 0; i < 300; ++i) {
    HeldFrame frame;
    if (take(frame) != Status::ok) return;
    look_at(frame);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  test::Edge edge({.slots = 2, .entries = 4, .slot_bytes = 16 << 10});
  LosslessConsumer lossless = edge.lossless(4);
  LatestConsumer latest = edge.latest();
  (void)edge.publish();
  const PoolMapping& pool = edge.producer.pool();
  std::byte* front = reinterpret_cast<std::byte*>(&pool.front());
  const std::size_t first = sizeof(PoolHeader);
  const std::size_t words = (pool.header().pixels_at - first) / 8;
  for (; size >= 10; data += 10, size -= 10) {
    const std::size_t place = (data[0] + 256U * data[1]) % words;
    std::memcpy(front + first + place * 8, data + 2, 8);
  }
  drain([&](HeldFrame& frame) { return lossless.next(frame); });
  drain([&](HeldFrame& frame) { return latest.newest(frame); });
  return 0;
}
