// SPDX-License-Identifier: MIT
//
// The smallest complete producer and consumer: three processes pass 100 frames through shared
// memory without copying one. The parent does what the supervisor does in Latham: it makes the
// memory, hands it over and waits. Exit code 0: every frame came through, in order and intact.
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "ringbuf/doorbell.h"
#include "ringbuf/lossless_consumer.h"
#include "ringbuf/memory.h"
#include "ringbuf/producer.h"

using latham::UniqueFd;
using namespace latham::ringbuf;

namespace {

constexpr std::uint64_t kFrames = 100;
constexpr std::uint32_t kWidth = 640;
constexpr std::uint32_t kHeight = 480;
constexpr std::uint64_t kBytes = std::uint64_t{kWidth} * kHeight;
constexpr Identity kEdge{.session = 1, .edge = 1, .incarnation = 1};

/// All shared memory of one edge with one consumer. Here the children inherit the descriptors.
struct Memory {
  UniqueFd pool = create_pool(kEdge, {.slots = 8, .entries = 8, .slot_bytes = 1U << 20});
  UniqueFd claims = create_claims({.session = 1, .edge = 1, .incarnation = 0}, 0);
  UniqueFd producer_bell = create_bell();
  UniqueFd consumer_bell = create_bell();
};

UniqueFd copy_of(const UniqueFd& fd) {
  return UniqueFd(::dup(fd.get()));
}

int produce(const Memory& memory, int mapped) {
  Producer producer(copy_of(memory.pool));
  producer.attach(reopen_read_only(memory.claims.get()), copy_of(memory.consumer_bell),
                  Policy::lossless);
  OwnBell bell(copy_of(memory.producer_bell));
  if (::write(mapped, "m", 1) != 1) return 1;

  for (std::uint64_t n = 1; n <= kFrames; ++n) {
    SlotUse slot;
    Status status = Status::full;
    while ((status = producer.try_acquire(kBytes + kGuardBytes, slot)) == Status::full)
      bell.wait([&] { return producer.free_slots() > 0; });
    if (status != Status::ok) return 1;
    std::fill_n(slot.pixels(), kBytes, static_cast<std::byte>(n));

    const auto offset = static_cast<std::uint64_t>(slot.pixels() - producer.pool().data());
    const FrameLayout layout{
        .pool = kEdge, .plane_count = 1, .plane = {{offset, kWidth, kHeight, kWidth}}};
    // Not full: a free slot means that the entry at this frame's place is done, as this consumer
    // finishes its frames in order.
    if (producer.publish(slot, layout, {}, 0, nullptr) != Status::ok) return 1;
  }
  producer.end_of_stream();
  return 0;
}

int consume(const Memory& memory) {
  LosslessConsumer consumer(reopen_read_only(memory.pool.get()), copy_of(memory.claims),
                            copy_of(memory.producer_bell), 4);
  OwnBell bell(copy_of(memory.consumer_bell));
  for (;;) {
    HeldFrame frame;  // its end is the end of the hold
    const Status status = consumer.next(frame);
    if (status == Status::empty) {
      bell.wait([&] { return consumer.ready(); });
    } else if (status == Status::ok) {
      const auto wanted = static_cast<std::byte>(frame.number);
      if (std::count(frame.plane[0].data, frame.plane[0].data + kBytes, wanted) != kBytes) return 1;
    } else {
      fmt::print("{} frames taken, {} copied\n", consumer.taken(), consumer.evicted());
      return status == Status::end && consumer.taken() == kFrames ? 0 : 1;
    }
  }
}

/// Runs `body` in a process of its own, which dies with us.
template <class Body>
void start(Body&& body) {
  std::fflush(stdout);
  if (const pid_t pid = ::fork(); pid != 0) return;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  try {
    std::exit(body());
  } catch (const std::exception& error) {
    fmt::print(stderr, "ring_in_one_file: {}\n", error.what());
    std::exit(1);
  }
}

}  // namespace

int main() {
  const Memory memory;
  int mapped[2] = {-1, -1};
  char answer = 0;
  if (::pipe(mapped) != 0) return 1;
  start([&] { return produce(memory, mapped[1]); });
  ::close(mapped[1]);
  if (::read(mapped[0], &answer, 1) != 1) return 1;
  seal_pool(memory.pool.get());  // now that its producer has mapped it, nobody else can write it
  start([&] { return consume(memory); });
  for (int status = 0; ::wait(&status) > 0;)
    if (status != 0) return 1;  // the other one is killed by our end
  return 0;
}
