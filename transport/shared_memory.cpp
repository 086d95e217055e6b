// SPDX-License-Identifier: MIT
#include "transport/shared_memory.h"

#include <algorithm>
#include <utility>

#include "transport/layout.h"

namespace latham::transport {
namespace {

/// Slots that rooms leave alone, so that a frame without one can always be copied and described.
constexpr std::uint32_t kReservedSlots = 4;
static_assert(kMaxPlanes == ringbuf::kMaxPlanes && kMaxMetaBytes == ringbuf::kMetaBytes &&
              kGuardBytes == ringbuf::kGuardBytes);

Status from_ring(ringbuf::Status status) {
  switch (status) {
    case ringbuf::Status::ok:
      return Status::ok;
    case ringbuf::Status::empty:
    case ringbuf::Status::full:
      return Status::again;
    case ringbuf::Status::end:
      return Status::end;
    case ringbuf::Status::no_memory:
      return Status::no_memory;
    case ringbuf::Status::corrupt:
      break;
  }
  return Status::corrupt;
}

class SlotRoom final : public Room {
 public:
  SlotRoom(ringbuf::SlotUse use, std::uint64_t bytes) noexcept
      : Room(use.pixels(), bytes), use_(std::move(use)) {}

 private:
  ringbuf::SlotUse use_;
};

/// What an entry that shows an upstream frame keeps: the frame, and that it stays where it is.
struct Forwarded {
  std::shared_ptr<void> frame;
  ringbuf::SlotPin pin;
};

std::uint64_t bytes_of(const OutgoingFrame& frame) noexcept {
  std::uint64_t bytes = 0;
  for (std::uint32_t p = 0; p < frame.plane_count; ++p) bytes += extent_of(frame.plane[p]).bytes;
  return bytes;
}

void move_out(ringbuf::HeldFrame& held, IncomingFrame& frame) {
  frame.number = held.number;
  frame.origin = held.origin;
  frame.plane_count = held.plane_count;
  for (std::uint32_t p = 0; p < held.plane_count; ++p)
    frame.plane[p] = {held.plane[p].data, held.plane[p].stride, held.plane[p].rows,
                      held.plane[p].row_bytes};
  frame.meta = std::move(held.meta);
  frame.hold = std::shared_ptr<void>(std::move(held.claim));
}

}  // namespace

// ---- receivers ---------------------------------------------------------------------------------

SharedMemoryReceiver::SharedMemoryReceiver(ringbuf::LosslessConsumer consumer, std::uint64_t before)
    : consumer_(std::move(consumer)), before_(before) {}

Status SharedMemoryReceiver::receive(IncomingFrame& frame) {
  ringbuf::HeldFrame held;
  if (!taken_over_.empty()) {
    held = std::move(taken_over_.front());
    taken_over_.pop_front();
  } else if (const ringbuf::Status status = consumer_.next(held); status != ringbuf::Status::ok) {
    return from_ring(status);
  } else {
    held.number += before_;
  }
  move_out(held, frame);
  return Status::ok;
}

bool SharedMemoryReceiver::move_to(ringbuf::LosslessConsumer successor, std::uint64_t before) {
  for (;;) {
    ringbuf::HeldFrame held;
    const ringbuf::Status status = consumer_.next(held);
    if (status == ringbuf::Status::corrupt) return false;
    if (status != ringbuf::Status::ok) break;
    held.number += before_;
    taken_over_.push_back(std::move(held));
  }
  consumer_.leave_upstream();
  before_ = before;
  copied_before_ = copied();
  consumer_ = std::move(successor);
  return true;
}

bool SharedMemoryReceiver::ready() noexcept {
  return !taken_over_.empty() || consumer_.ready();
}

CopyCount SharedMemoryReceiver::copied() const noexcept {
  return {copied_before_.frames + consumer_.evicted(),
          copied_before_.bytes + consumer_.evicted_bytes()};
}

std::uint32_t SharedMemoryReceiver::held() const noexcept {
  return consumer_.held();
}

void SharedMemoryReceiver::add_upstream_pool(UniqueFd pool_fd) {
  consumer_.add_upstream_pool(std::move(pool_fd));
}

SharedMemoryLatestReceiver::SharedMemoryLatestReceiver(ringbuf::LatestConsumer consumer)
    : consumer_(std::move(consumer)) {}

Status SharedMemoryLatestReceiver::receive(IncomingFrame& frame) {
  ringbuf::HeldFrame held;
  const ringbuf::Status status = consumer_.newest(held);
  if (status != ringbuf::Status::ok) return from_ring(status);
  move_out(held, frame);
  return Status::ok;
}

bool SharedMemoryLatestReceiver::ready() noexcept {
  return consumer_.ready();
}

void SharedMemoryLatestReceiver::add_upstream_pool(UniqueFd pool_fd) {
  consumer_.add_upstream_pool(std::move(pool_fd));
}

// ---- sender ------------------------------------------------------------------------------------

SharedMemorySender::SharedMemorySender(ringbuf::Producer producer, SharedMemoryReceiver* upstream)
    : producer_(std::move(producer)), upstream_(upstream) {}

std::shared_ptr<Room> SharedMemorySender::try_room(std::uint64_t bytes) noexcept {
  ringbuf::SlotUse use;
  if (producer_.try_acquire_free(bytes, kReservedSlots, use) != ringbuf::Status::ok) return nullptr;
  return std::make_shared<SlotRoom>(std::move(use), bytes);
}

bool SharedMemorySender::ready() noexcept {
  const std::uint32_t owed = producer_.reclaim();
  untaken_ = static_cast<std::uint32_t>(producer_.untaken());
  if (owed >= kDepth || untaken_ >= ahead_ || !producer_.has_place()) return false;
  // A frame from upstream might have to wait for a consumer to let another go.
  if (upstream_ != nullptr && !upstream_->consumer().may_forward()) return false;
  // Short of slots with nothing owed means that the codec itself keeps them: waiting would not help.
  return owed == 0 || producer_.free_slots() > kReservedSlots;
}

Status SharedMemorySender::place(const OutgoingFrame& frame, ringbuf::SlotUse& use,
                                 ringbuf::FrameLayout& layout, ringbuf::Keep& keep) noexcept {
  layout.plane_count = frame.plane_count;
  keep = frame.keep;
  std::uint32_t slot = 0;
  if (find_own(frame, layout, slot)) {
    if (!producer_.is_shown(slot)) {
      use = producer_.use_of(slot);
      if (use) return Status::ok;
    }
    // Shown already, since the codec outputs a picture twice: a slot for the descriptor alone.
    return from_ring(producer_.try_acquire(0, use));
  }
  ringbuf::SlotPin pin;
  switch (find_upstream(frame, layout, pin)) {
    case ringbuf::LosslessConsumer::Forward::yes:
      keep = std::make_shared<Forwarded>(Forwarded{frame.keep, std::move(pin)});
      return from_ring(producer_.try_acquire(0, use));
    case ringbuf::LosslessConsumer::Forward::later:
      return Status::again;
    case ringbuf::LosslessConsumer::Forward::no:
      break;
  }
  keep = nullptr;
  return copy_into_slot(frame, use, layout);
}

bool SharedMemorySender::find_own(const OutgoingFrame& frame, ringbuf::FrameLayout& layout,
                                  std::uint32_t& slot) const noexcept {
  layout.pool = producer_.pool().header().identity;
  for (std::uint32_t p = 0; p < frame.plane_count; ++p) {
    const Plane& plane = frame.plane[p];
    const Extent extent = extent_of(plane);
    std::uint32_t found = 0;
    if (!producer_.find_slot(extent.first, extent.bytes + kGuardBytes, found)) return false;
    if (p > 0 && found != slot) return false;
    slot = found;
    const auto offset = static_cast<std::uint64_t>(plane.data - producer_.pool().data());
    layout.plane[p] = {offset, plane.stride, plane.rows, plane.row_bytes};
  }
  return true;
}

ringbuf::LosslessConsumer::Forward SharedMemorySender::find_upstream(
    const OutgoingFrame& frame, ringbuf::FrameLayout& layout, ringbuf::SlotPin& pin) noexcept {
  using Forward = ringbuf::LosslessConsumer::Forward;
  if (upstream_ == nullptr || producer_.has_latest()) return Forward::no;
  for (std::uint32_t p = 0; p < frame.plane_count; ++p) {
    const Plane& plane = frame.plane[p];
    const Extent extent = extent_of(plane);
    std::uint64_t low = 0;
    const Forward answer = upstream_->consumer().forward(extent.first, extent.bytes + kGuardBytes,
                                                         layout.pool, low, pin);
    if (answer != Forward::yes) return answer;
    const auto into_plane = static_cast<std::uint64_t>(plane.data - extent.first);
    layout.plane[p] = {low + into_plane, plane.stride, plane.rows, plane.row_bytes};
  }
  return Forward::yes;
}

Status SharedMemorySender::copy_into_slot(const OutgoingFrame& frame, ringbuf::SlotUse& use,
                                          ringbuf::FrameLayout& layout) noexcept {
  PackedPlane packed[kMaxPlanes];
  const std::uint64_t bytes = pack(frame.plane, frame.plane_count, packed);
  const ringbuf::Status status = producer_.try_acquire(bytes, use);
  if (status != ringbuf::Status::ok) return from_ring(status);
  layout.pool = producer_.pool().header().identity;
  const auto base = static_cast<std::uint64_t>(use.pixels() - producer_.pool().data());
  for (std::uint32_t p = 0; p < frame.plane_count; ++p) {
    copy_rows(frame.plane[p], use.pixels() + packed[p].offset, packed[p].stride);
    layout.plane[p] = {base + packed[p].offset, static_cast<std::int64_t>(packed[p].stride),
                       frame.plane[p].rows, frame.plane[p].row_bytes};
  }
  ++copied_.frames;
  copied_.bytes += bytes;
  return Status::ok;
}

Status SharedMemorySender::send(const OutgoingFrame& frame) noexcept {
  ringbuf::SlotUse use;
  ringbuf::FrameLayout layout;
  const CopyCount before = copied_;
  ringbuf::Keep keep;
  if (const Status placed = place(frame, use, layout, keep); placed != Status::ok) return placed;
  const Status status =
      from_ring(producer_.publish(use, layout, frame.meta, frame.origin, std::move(keep)));
  if (status != Status::ok) {
    copied_ = before;  // it will be offered again
    return status;
  }
  const std::uint64_t fit = kAheadBytes / std::max(bytes_of(frame), std::uint64_t{1});
  ahead_ = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(fit, kLeastAhead, kDepth));
  return status;
}

void SharedMemorySender::end() noexcept {
  producer_.end_of_stream();
}

// Memory of a forwarded or codec-owned frame belongs to processes that may leave only when nobody
// reads it; slots of our pool live on in every mapping.
bool SharedMemorySender::drained() noexcept {
  return producer_.reclaim() == 0;
}

CopyCount SharedMemorySender::copied() const noexcept {
  return copied_;
}
std::uint64_t SharedMemorySender::sent() const noexcept {
  return producer_.published();
}

// ---- packets -----------------------------------------------------------------------------------

Status SharedMemoryPacketSender::send(std::span<const std::byte> message) noexcept {
  return from_ring(writer_.try_write(message));
}

Status SharedMemoryPacketReceiver::receive(std::vector<std::byte>& message) {
  const Status status = from_ring(reader_.try_read(message));
  if (status == Status::ok) ++received_;
  return status;
}

std::uint64_t SharedMemoryPacketReceiver::move_to(ringbuf::PacketReader successor) {
  reader_ = std::move(successor);
  return received_;
}

}  // namespace latham::transport
