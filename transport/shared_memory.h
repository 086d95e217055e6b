// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <deque>
#include <memory>

#include "ringbuf/latest_consumer.h"
#include "ringbuf/lossless_consumer.h"
#include "ringbuf/packet_ring.h"
#include "ringbuf/producer.h"
#include "transport/channel.h"

/// The shared memory transport: frames stay where they were made.
namespace latham::transport {

/// Most frames that a lossless consumer keeps in their slots before the oldest are moved out.
inline constexpr std::uint32_t kHoldBudget = 6;
/// Most entries that may be owed to consumers at once: how far a producer runs ahead. A consumer may
/// hold kHoldBudget of them and forward kMaxForwarded more, and must still get new ones.
inline constexpr std::uint32_t kDepth = 16;
/// Bytes of frames that consumers have not even taken yet, past which a producer lets them catch up: a
/// queue only evens out the stages' pace, and a few large frames do that as well as many.
inline constexpr std::uint64_t kAheadBytes = std::uint64_t{12} << 20;
/// But so many frames in any case.
inline constexpr std::uint32_t kLeastAhead = 3;
static_assert(kHoldBudget + ringbuf::LosslessConsumer::kMaxForwarded < kDepth);
static_assert(kHoldBudget < ringbuf::LosslessConsumer::kMaxForwarded,
              "a consumer of forwarded frames must move some out before the forwarder has to wait");

class SharedMemoryReceiver final : public FrameReceiver {
 public:
  /// `before`: how many frames all producers before that of this pool published; numbers go on from there.
  explicit SharedMemoryReceiver(ringbuf::LosslessConsumer consumer, std::uint64_t before = 0);
  Status receive(IncomingFrame& frame) override;
  [[nodiscard]] bool ready() noexcept override;
  [[nodiscard]] CopyCount copied() const noexcept override;
  [[nodiscard]] std::uint32_t held() const noexcept override;
  void add_upstream_pool(UniqueFd pool_fd) override;
  void make_way_upstream() override { consumer_.make_way_upstream(); }
  [[nodiscard]] ringbuf::LosslessConsumer& consumer() noexcept { return consumer_; }

  /// The producer is dead and has a successor: takes over what its pool still shows, and goes on with the
  /// successor's behind it, as if nothing had happened. `before`: how many frames all dead ones published;
  /// the numbers go on from there. False where the dead pool is damaged. Throws std::system_error where memory is
  /// short.
  [[nodiscard]] bool move_to(ringbuf::LosslessConsumer successor, std::uint64_t before);

 private:
  ringbuf::LosslessConsumer consumer_;
  std::deque<ringbuf::HeldFrame>
      taken_over_;            ///< From the pools of dead producers, to be received first.
  std::uint64_t before_ = 0;  ///< Frames in those pools.
  CopyCount copied_before_;   ///< By their consumers.
};

/// The newest frame only; never slows the producer.
class SharedMemoryLatestReceiver final : public FrameReceiver {
 public:
  explicit SharedMemoryLatestReceiver(ringbuf::LatestConsumer consumer);
  Status receive(IncomingFrame& frame) override;
  [[nodiscard]] bool ready() noexcept override;
  [[nodiscard]] CopyCount copied() const noexcept override { return {}; }
  [[nodiscard]] std::uint32_t held() const noexcept override { return 0; }
  void add_upstream_pool(UniqueFd pool_fd) override;
  [[nodiscard]] std::uint64_t skipped() const noexcept { return consumer_.skipped(); }

 private:
  ringbuf::LatestConsumer consumer_;
};

class SharedMemorySender final : public FrameSender {
 public:
  /// `upstream`, where given, must outlive this sender: frames that lie in its memory are forwarded.
  SharedMemorySender(ringbuf::Producer producer, SharedMemoryReceiver* upstream);
  void set_upstream(SharedMemoryReceiver* upstream) noexcept { upstream_ = upstream; }
  [[nodiscard]] std::shared_ptr<Room> try_room(std::uint64_t bytes) noexcept override;
  [[nodiscard]] bool ready() noexcept override;
  Status send(const OutgoingFrame& frame) noexcept override;
  void end() noexcept override;
  [[nodiscard]] bool drained() noexcept override;
  [[nodiscard]] CopyCount copied() const noexcept override;
  [[nodiscard]] std::uint64_t sent() const noexcept override;
  [[nodiscard]] Backlog backlog() const noexcept override { return {untaken_, ahead_}; }
  [[nodiscard]] ringbuf::Producer& producer() noexcept { return producer_; }

 private:
  /// `keep`: what the entry must keep alive, nothing once the frame was copied.
  Status place(const OutgoingFrame& frame, ringbuf::SlotUse& use, ringbuf::FrameLayout& layout,
               ringbuf::Keep& keep) noexcept;
  /// The frame lies, guards included, in one slot of our own pool.
  bool find_own(const OutgoingFrame& frame, ringbuf::FrameLayout& layout,
                std::uint32_t& slot) const noexcept;
  ringbuf::LosslessConsumer::Forward find_upstream(const OutgoingFrame& frame,
                                                   ringbuf::FrameLayout& layout,
                                                   ringbuf::SlotPin& pin) noexcept;
  Status copy_into_slot(const OutgoingFrame& frame, ringbuf::SlotUse& use,
                        ringbuf::FrameLayout& layout) noexcept;

  ringbuf::Producer producer_;
  SharedMemoryReceiver* upstream_;
  std::uint32_t ahead_ =
      kDepth;                  ///< How many entries may be untaken, by the size of the last frame.
  std::uint32_t untaken_ = 0;  ///< When ready() looked last.
  CopyCount copied_;
};

class SharedMemoryPacketSender final : public PacketSender {
 public:
  explicit SharedMemoryPacketSender(ringbuf::PacketWriter writer) : writer_(std::move(writer)) {}
  Status send(std::span<const std::byte> message) noexcept override;
  [[nodiscard]] bool drained() noexcept override { return true; }

 private:
  ringbuf::PacketWriter writer_;
};

class SharedMemoryPacketReceiver final : public PacketReceiver {
 public:
  explicit SharedMemoryPacketReceiver(ringbuf::PacketReader reader) : reader_(std::move(reader)) {}
  Status receive(std::vector<std::byte>& message) override;
  [[nodiscard]] bool ready() noexcept override { return reader_.ready(); }

  /// The writer is dead and has a successor, which sends all that was not received once more: forgets what is
  /// left in the dead ring, a part of a message too. Returns how many were received, of all writers.
  std::uint64_t move_to(ringbuf::PacketReader successor);

 private:
  ringbuf::PacketReader reader_;
  std::uint64_t received_ = 0;
};

}  // namespace latham::transport
