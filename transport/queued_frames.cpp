// SPDX-License-Identifier: MIT
#include "transport/queued_frames.h"

#include <cstring>
#include <utility>

#include "transport/frame_header.h"
#include "transport/layout.h"

namespace latham::transport {
namespace {

/// Frames that may wait for the reader, each in a copy: enough that neither side waits for the other's hiccups.
constexpr std::size_t kQueueDepth = 12;

/// True where the plane can be sent as one run of bytes, padding and all, without wasting much.
bool is_one_run(const Plane& plane) {
  return plane.stride >= plane.row_bytes && static_cast<std::uint64_t>(plane.stride) <=
                                                plane.row_bytes + plane.row_bytes / 8 + kPlaneAlign;
}

}  // namespace

// ---- sender ------------------------------------------------------------------------------------

QueuedSender::QueuedSender(std::unique_ptr<ByteOutlet> outlet, ringbuf::OwnBell& bell)
    : outlet_(std::move(outlet)), bell_(bell) {
  thread_ = std::thread([this] { run(); });
}

QueuedSender::~QueuedSender() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stop_.stop();
  queued_.notify_one();
  thread_.join();
}

std::shared_ptr<Room> QueuedSender::try_room(std::uint64_t bytes) noexcept {
  try {
    return buffers_->take(bytes);
  } catch (const std::exception&) {
    return nullptr;
  }
}

bool QueuedSender::ready() noexcept {
  const std::lock_guard lock(mutex_);
  return lost_ || queue_.size() < kQueueDepth;
}

Status QueuedSender::send(const OutgoingFrame& frame) noexcept {
  const std::lock_guard lock(mutex_);
  if (lost_) return Status::lost;
  if (queue_.size() >= kQueueDepth) return Status::again;
  queue_.push_back({frame, {frame.meta.begin(), frame.meta.end()}, false});
  ++sent_;
  ++copied_.frames;
  for (std::uint32_t p = 0; p < frame.plane_count; ++p)
    copied_.bytes += std::uint64_t{frame.plane[p].rows} * frame.plane[p].row_bytes;
  queued_.notify_one();
  return Status::ok;
}

void QueuedSender::end() noexcept {
  const std::lock_guard lock(mutex_);
  queue_.push_back({{}, {}, true});
  queued_.notify_one();
}

bool QueuedSender::drained() noexcept {
  const std::lock_guard lock(mutex_);
  return lost_ || (queue_.empty() && !writing_);
}

CopyCount QueuedSender::copied() const noexcept {
  const std::lock_guard lock(mutex_);
  return copied_;
}

std::uint64_t QueuedSender::sent() const noexcept {
  const std::lock_guard lock(mutex_);
  return sent_;
}

Backlog QueuedSender::backlog() const noexcept {
  const std::lock_guard lock(mutex_);
  return {static_cast<std::uint32_t>(queue_.size()), static_cast<std::uint32_t>(kQueueDepth)};
}

void QueuedSender::run() noexcept {
  for (std::uint64_t number = 1;; ++number) {
    Item item;
    {
      std::unique_lock lock(mutex_);
      writing_ = false;
      bell_.poke();
      queued_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (stopping_) return;
      item = std::move(queue_.front());
      queue_.pop_front();
      writing_ = true;
    }
    if (write_item(item, number)) continue;
    const std::lock_guard lock(mutex_);
    lost_ = true;
    writing_ = false;
    queue_.clear();
    bell_.poke();
    return;
  }
}

bool QueuedSender::write_item(const Item& item, std::uint64_t number) noexcept {
  FrameHeader header{};
  header.magic = kFrameMagic;
  header.kind = item.end ? kKindEnd : kKindFrame;
  header.number = item.end ? number - 1 : number;
  header.origin = item.frame.origin;
  header.plane_count = item.frame.plane_count;
  header.meta_bytes = static_cast<std::uint32_t>(item.meta.size());
  std::vector<iovec> parts;
  parts.push_back({&header, sizeof(header)});
  if (!item.meta.empty())
    parts.push_back({const_cast<std::byte*>(item.meta.data()), item.meta.size()});
  for (std::uint32_t p = 0; p < item.frame.plane_count; ++p) {
    const Plane& plane = item.frame.plane[p];
    auto* row = const_cast<std::byte*>(plane.data);
    const bool one_run = is_one_run(plane) && plane.rows > 0;
    header.plane[p].stride = one_run ? static_cast<std::uint64_t>(plane.stride) : plane.row_bytes;
    header.plane[p].rows = plane.rows;
    header.plane[p].row_bytes = plane.row_bytes;
    if (one_run) {
      parts.push_back({row, header.plane[p].stride * (plane.rows - 1) + plane.row_bytes});
      continue;
    }
    for (std::uint32_t r = 0; r < plane.rows; ++r, row += plane.stride)
      parts.push_back({row, plane.row_bytes});
  }
  return outlet_->write(parts, stop_);
}

// ---- receiver ----------------------------------------------------------------------------------

QueuedReceiver::QueuedReceiver(std::unique_ptr<ByteInlet> inlet, ringbuf::OwnBell& bell)
    : inlet_(std::move(inlet)), bell_(bell), header_(sizeof(FrameHeader) + inlet_->slack()) {
  thread_ = std::thread([this] { run(); });
}

QueuedReceiver::~QueuedReceiver() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stop_.stop();
  room_.notify_one();
  thread_.join();
}

Status QueuedReceiver::receive(IncomingFrame& frame) {
  const std::lock_guard lock(mutex_);
  if (queue_.empty()) return last_;
  frame = std::move(queue_.front());
  queue_.pop_front();
  room_.notify_one();
  return Status::ok;
}

bool QueuedReceiver::ready() noexcept {
  const std::lock_guard lock(mutex_);
  return !queue_.empty() || last_ != Status::again;
}

std::uint32_t QueuedReceiver::held() const noexcept {
  const std::lock_guard lock(mutex_);
  return static_cast<std::uint32_t>(queue_.size());
}

void QueuedReceiver::run() noexcept {
  for (;;) {
    IncomingFrame frame;
    Status status = Status::no_memory;
    try {
      status = read_frame(frame);
    } catch (const std::exception&) {
      // no memory for the frame: said by the status
    }
    std::unique_lock lock(mutex_);
    if (status == Status::ok) {
      queue_.push_back(std::move(frame));
    } else {
      last_ = status;
    }
    bell_.poke();
    if (status != Status::ok) return;
    // Two frames ahead; the sender's queue has the depth.
    room_.wait(lock, [this] { return stopping_ || queue_.size() < 2; });
    if (stopping_) return;
  }
}

Status QueuedReceiver::read_frame(IncomingFrame& frame) {
  FrameHeader header{};
  if (!inlet_->read(header_.data(), sizeof(header), stop_)) return Status::lost;
  std::memcpy(&header, header_.data(), sizeof(header));
  if (header.magic != kFrameMagic || header.plane_count > kMaxPlanes ||
      header.meta_bytes > kMaxMetaBytes)
    return Status::corrupt;
  if (header.kind == kKindEnd)
    return header.number == expected_ - 1 ? Status::end : Status::corrupt;
  if (header.number != expected_) return Status::corrupt;
  ++expected_;
  frame.number = header.number;
  frame.origin = header.origin;
  frame.plane_count = header.plane_count;
  frame.meta.resize(header.meta_bytes + inlet_->slack());
  if (!inlet_->read(frame.meta.data(), header.meta_bytes, stop_)) return Status::lost;
  frame.meta.resize(header.meta_bytes);

  std::uint64_t offset[kMaxPlanes] = {};
  std::uint64_t total = 0;
  for (std::uint32_t p = 0; p < header.plane_count; ++p) {
    const auto& plane = header.plane[p];
    if (plane.rows == 0 || plane.stride < plane.row_bytes || plane.stride > kMaxFrameBytes ||
        plane.stride * plane.rows > kMaxFrameBytes)
      return Status::corrupt;
    offset[p] = total;
    total = align_up(total + plane.stride * plane.rows + kGuardBytes);
  }
  if (total > kMaxFrameBytes) return Status::corrupt;
  const std::shared_ptr<Room> room = buffers_->take(total + inlet_->slack() + kPlaneAlign);
  for (std::uint32_t p = 0; p < header.plane_count; ++p) {
    const auto& plane = header.plane[p];
    const std::uint64_t bytes = plane.stride * (plane.rows - 1) + plane.row_bytes;
    if (!inlet_->read(room->data() + offset[p], bytes, stop_)) return Status::lost;
    frame.plane[p] = {room->data() + offset[p], static_cast<std::int64_t>(plane.stride), plane.rows,
                      plane.row_bytes};
  }
  frame.hold = room;
  return Status::ok;
}

}  // namespace latham::transport
