// SPDX-License-Identifier: MIT
//
// The smallest complete filter: it crops every frame to its middle third and copies nothing. What
// it publishes on its own edge points into the memory of the producer before it ("forwarding"). All
// three roles run in this one process, to keep to what a filter does; ring_in_one_file.cpp shows
// them as processes. Exit code 0: the consumer saw the middle of every frame, and none was copied.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "ringbuf/lossless_consumer.h"
#include "ringbuf/memory.h"
#include "ringbuf/producer.h"

using latham::UniqueFd;
using namespace latham::ringbuf;

namespace {

constexpr std::uint64_t kFrames = 100;
constexpr std::uint32_t kWidth = 640;
constexpr std::uint32_t kThird = 160;  ///< Rows.

/// One edge with one lossless consumer: its memory and both its ends.
struct Edge {
  explicit Edge(std::uint32_t number)
      : pool(create_pool({1, number, 1}, {.slots = 8, .entries = 8, .slot_bytes = 1U << 20})),
        claims(create_claims({1, number, 0}, 0)),
        bell(create_bell()),
        producer(copy_of(pool)),
        consumer(sealed(pool), copy_of(claims), copy_of(bell), 4) {
    producer.attach(reopen_read_only(claims.get()), copy_of(bell), Policy::lossless);
  }
  static UniqueFd copy_of(const UniqueFd& fd) { return UniqueFd(::dup(fd.get())); }
  static UniqueFd sealed(const UniqueFd& fd) {
    seal_pool(fd.get());
    return reopen_read_only(fd.get());
  }

  UniqueFd pool;
  UniqueFd claims;
  UniqueFd bell;
  Producer producer;
  LosslessConsumer consumer;
};

/// Three thirds of one colour each, told apart by their number.
bool produce(Producer& out, std::uint64_t number) {
  SlotUse slot;
  const std::uint64_t third = std::uint64_t{kThird} * kWidth;
  if (out.try_acquire(3 * third + kGuardBytes, slot) != Status::ok) return false;
  for (std::uint64_t t = 0; t < 3; ++t)
    std::fill_n(slot.pixels() + t * third, third, static_cast<std::byte>(number + t));
  const auto offset = static_cast<std::uint64_t>(slot.pixels() - out.pool().data());
  const FrameLayout layout{.pool = out.pool().header().identity,
                           .plane_count = 1,
                           .plane = {{offset, kWidth, 3 * kThird, kWidth}}};
  return out.publish(slot, layout, {}, 0, nullptr) == Status::ok;
}

/// What a published frame keeps until its own consumers are done with it: the frame that it shows
/// pixels of, and that these stay where they are.
struct Shown {
  HeldFrame frame;
  SlotPin pin;
};

/// The filter.
bool crop(LosslessConsumer& in, Producer& out) {
  const auto shown = std::make_shared<Shown>();
  HeldFrame& frame = shown->frame;
  if (in.next(frame) != Status::ok) return false;
  const HeldFrame::PlaneView& whole = frame.plane[0];
  const std::byte* middle = whole.data + kThird * whole.stride;

  FrameLayout layout{
      .pool = {}, .plane_count = 1, .plane = {{0, whole.stride, kThird, whole.row_bytes}}};
  const std::uint64_t bytes = std::uint64_t{kThird} * kWidth + kGuardBytes;
  if (in.forward(middle, bytes, layout.pool, layout.plane[0].offset, shown->pin) !=
      LosslessConsumer::Forward::yes)
    return false;
  SlotUse descriptor;  // a slot for the description alone: no pixels, no pages
  if (out.try_acquire(0, descriptor) != Status::ok) return false;
  return out.publish(descriptor, layout, frame.meta, frame.number, shown) == Status::ok;
}

bool consume(LosslessConsumer& in, std::uint64_t number) {
  HeldFrame frame;
  if (in.next(frame) != Status::ok || frame.origin != number) return false;
  const std::byte* first = frame.plane[0].data;
  const std::int64_t bytes = std::int64_t{kThird} * kWidth;
  return std::count(first, first + bytes, static_cast<std::byte>(number + 1)) == bytes;
}

}  // namespace

int main() {
  Edge before(1);
  Edge after(2);
  after.consumer.add_upstream_pool(reopen_read_only(before.pool.get()));
  for (std::uint64_t n = 1; n <= kFrames; ++n) {
    if (!produce(before.producer, n) || !crop(before.consumer, after.producer) ||
        !consume(after.consumer, n))
      return 1;
    // A filter that waits for work does this in its loop: what was finished downstream is let go
    // upstream.
    after.producer.reclaim();
    before.producer.reclaim();
  }
  const std::uint64_t copied = before.consumer.evicted() + after.consumer.evicted();
  fmt::print("{} frames cropped, {} copied\n", kFrames, copied);
  return copied == 0 ? 0 : 1;
}
