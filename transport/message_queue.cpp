// SPDX-License-Identifier: MIT
#include "transport/message_queue.h"

#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <random>
#include <string>
#include <utility>

#include "system/error.h"
#include "transport/layout.h"
#include "transport/pipe_io.h"

namespace latham::transport {
namespace {

/// As deep as the queue of a pipe.
constexpr std::size_t kQueueDepth = 12;
/// Smaller messages cannot carry a frame's header.
constexpr long kLeastMessage = 4096;

long kernel_limit(const char* name, long otherwise) {
  std::ifstream file(std::string("/proc/sys/fs/mqueue/") + name);
  long value = 0;
  return file >> value && value > 0 ? value : otherwise;
}

std::uint64_t message_bytes_of(int fd) {
  mq_attr attributes{};
  if (::mq_getattr(fd, &attributes) != 0) throw_errno("look at a message queue");
  if (attributes.mq_msgsize < kLeastMessage) {
    errno = EMSGSIZE;
    throw_errno("send frames by messages of less than 4096 bytes; raise fs.mqueue.msgsize_max");
  }
  return static_cast<std::uint64_t>(attributes.mq_msgsize);
}

/// Bytes of the run of rows that travels in one piece, or 0 where rows must go one by one.
std::uint64_t one_run(const Plane& plane) {
  return plane.rows > 0 && plane.stride == static_cast<std::int64_t>(plane.row_bytes)
             ? std::uint64_t{plane.rows} * plane.row_bytes
             : 0;
}

}  // namespace

MessageQueueEnds make_message_queue() {
  std::random_device random;
  const std::string name = "/latham-" + std::to_string(::getpid()) + "-" + std::to_string(random());
  mq_attr attributes{};
  attributes.mq_maxmsg = kernel_limit("msg_max", 10);
  attributes.mq_msgsize = kernel_limit("msgsize_max", 8192);
  const int flags = O_CREAT | O_EXCL | O_RDONLY | O_NONBLOCK | O_CLOEXEC;
  UniqueFd receive(::mq_open(name.c_str(), flags, 0600, &attributes));
  if (!receive) throw_errno("make a message queue");
  UniqueFd send(::mq_open(name.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
  const int error = errno;
  ::mq_unlink(name.c_str());
  errno = error;
  if (!send) throw_errno("open a message queue for writing");
  return {std::move(send), std::move(receive)};
}

// ---- sender ------------------------------------------------------------------------------------

MessageQueueSender::MessageQueueSender(UniqueFd queue, ringbuf::OwnBell& bell)
    : fd_(std::move(queue)), bell_(bell), message_bytes_(message_bytes_of(fd_.get())) {
  thread_ = std::thread([this] { run(); });
}

MessageQueueSender::~MessageQueueSender() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stop_.stop();
  queued_.notify_one();
  thread_.join();
}

std::shared_ptr<Room> MessageQueueSender::try_room(std::uint64_t bytes) noexcept {
  try {
    return buffers_->take(bytes);
  } catch (const std::exception&) {
    return nullptr;
  }
}

bool MessageQueueSender::ready() noexcept {
  const std::lock_guard lock(mutex_);
  return lost_ || queue_.size() < kQueueDepth;
}

Status MessageQueueSender::send(const OutgoingFrame& frame) noexcept {
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

void MessageQueueSender::end() noexcept {
  const std::lock_guard lock(mutex_);
  queue_.push_back({{}, {}, true});
  queued_.notify_one();
}

bool MessageQueueSender::drained() noexcept {
  const std::lock_guard lock(mutex_);
  return lost_ || (queue_.empty() && !writing_);
}

CopyCount MessageQueueSender::copied() const noexcept {
  const std::lock_guard lock(mutex_);
  return copied_;
}

std::uint64_t MessageQueueSender::sent() const noexcept {
  const std::lock_guard lock(mutex_);
  return sent_;
}

void MessageQueueSender::run() noexcept {
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
    if (send_item(item, number)) continue;
    const std::lock_guard lock(mutex_);
    lost_ = true;
    writing_ = false;
    queue_.clear();
    bell_.poke();
    return;
  }
}

bool MessageQueueSender::send_message(const std::byte* data, std::uint64_t bytes) noexcept {
  while (::mq_send(fd_.get(), reinterpret_cast<const char*>(data), bytes, 0) != 0) {
    if (errno == EINTR) continue;
    if (errno != EAGAIN || !stop_.wait(fd_.get(), POLLOUT)) return false;
  }
  return true;
}

bool MessageQueueSender::send_run(const std::byte* data, std::uint64_t bytes) noexcept {
  for (std::uint64_t at = 0; at < bytes; at += message_bytes_)
    if (!send_message(data + at, std::min(message_bytes_, bytes - at))) return false;
  return true;
}

bool MessageQueueSender::send_item(const Item& item, std::uint64_t number) noexcept {
  FrameHeader header{};
  header.magic = kFrameMagic;
  header.kind = item.end ? kKindEnd : kKindFrame;
  header.number = item.end ? number - 1 : number;
  header.origin = item.frame.origin;
  header.plane_count = item.frame.plane_count;
  header.meta_bytes = static_cast<std::uint32_t>(item.meta.size());
  for (std::uint32_t p = 0; p < item.frame.plane_count; ++p)
    header.plane[p] = {item.frame.plane[p].row_bytes, item.frame.plane[p].rows,
                       item.frame.plane[p].row_bytes};
  if (!send_message(reinterpret_cast<const std::byte*>(&header), sizeof(header))) return false;
  if (!send_run(item.meta.data(), item.meta.size())) return false;
  for (std::uint32_t p = 0; p < item.frame.plane_count; ++p) {
    const Plane& plane = item.frame.plane[p];
    if (const std::uint64_t bytes = one_run(plane); bytes > 0) {
      if (!send_run(plane.data, bytes)) return false;
      continue;
    }
    const std::byte* row = plane.data;
    for (std::uint32_t r = 0; r < plane.rows; ++r, row += plane.stride)
      if (!send_run(row, plane.row_bytes)) return false;
  }
  return true;
}

// ---- receiver ----------------------------------------------------------------------------------

MessageQueueReceiver::MessageQueueReceiver(UniqueFd queue, ringbuf::OwnBell& bell)
    : fd_(std::move(queue)),
      bell_(bell),
      message_bytes_(message_bytes_of(fd_.get())),
      first_message_(message_bytes_) {
  thread_ = std::thread([this] { run(); });
}

MessageQueueReceiver::~MessageQueueReceiver() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stop_.stop();
  room_.notify_one();
  thread_.join();
}

Status MessageQueueReceiver::receive(IncomingFrame& frame) {
  const std::lock_guard lock(mutex_);
  if (queue_.empty()) return last_;
  frame = std::move(queue_.front());
  queue_.pop_front();
  room_.notify_one();
  return Status::ok;
}

bool MessageQueueReceiver::ready() noexcept {
  const std::lock_guard lock(mutex_);
  return !queue_.empty() || last_ != Status::again;
}

std::uint32_t MessageQueueReceiver::held() const noexcept {
  const std::lock_guard lock(mutex_);
  return static_cast<std::uint32_t>(queue_.size());
}

void MessageQueueReceiver::run() noexcept {
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
    // Two frames ahead, as the receiver of a pipe.
    room_.wait(lock, [this] { return stopping_ || queue_.size() < 2; });
    if (stopping_) return;
  }
}

std::int64_t MessageQueueReceiver::read_message(std::byte* to) noexcept {
  for (;;) {
    const ssize_t n = ::mq_receive(fd_.get(), reinterpret_cast<char*>(to), message_bytes_, nullptr);
    if (n >= 0) return n;
    if (errno == EINTR) continue;
    if (errno != EAGAIN || !stop_.wait(fd_.get(), POLLIN)) return -1;
  }
}

bool MessageQueueReceiver::read_run(std::byte* to, std::uint64_t bytes) noexcept {
  for (std::uint64_t at = 0; at < bytes;) {
    // The sender may have cut at the end of a row; more than was left is another's message.
    const std::int64_t got = read_message(to + at);
    if (got <= 0 || static_cast<std::uint64_t>(got) > bytes - at) return false;
    at += static_cast<std::uint64_t>(got);
  }
  return true;
}

Status MessageQueueReceiver::read_frame(IncomingFrame& frame) {
  FrameHeader header{};
  const std::int64_t got = read_message(first_message_.data());
  if (got < 0) return Status::lost;
  if (got != sizeof(header)) return Status::corrupt;
  std::memcpy(&header, first_message_.data(), sizeof(header));
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
  // The kernel takes no buffer smaller than a whole message, so each has room for one more.
  frame.meta.resize(header.meta_bytes + message_bytes_);
  if (!read_run(frame.meta.data(), header.meta_bytes)) return Status::lost;
  frame.meta.resize(header.meta_bytes);

  std::uint64_t offset[kMaxPlanes] = {};
  std::uint64_t total = 0;
  for (std::uint32_t p = 0; p < header.plane_count; ++p) {
    const auto& plane = header.plane[p];
    if (plane.rows == 0 || std::uint64_t{plane.rows} * plane.row_bytes > kMaxFrameBytes)
      return Status::corrupt;
    offset[p] = total;
    total = align_up(total + std::uint64_t{plane.rows} * plane.row_bytes + kGuardBytes);
  }
  if (total > kMaxFrameBytes) return Status::corrupt;
  const std::shared_ptr<Room> room = buffers_->take(total + message_bytes_);
  for (std::uint32_t p = 0; p < header.plane_count; ++p) {
    const auto& plane = header.plane[p];
    std::byte* const data = room->data() + offset[p];
    frame.plane[p] = {data, static_cast<std::int64_t>(plane.row_bytes), plane.rows,
                      plane.row_bytes};
    if (!read_run(data, std::uint64_t{plane.rows} * plane.row_bytes)) return Status::lost;
  }
  frame.hold = room;
  return Status::ok;
}

}  // namespace latham::transport
