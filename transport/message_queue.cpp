// SPDX-License-Identifier: MIT
#include "transport/message_queue.h"

#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>

#include "system/error.h"
#include "system/uninterrupted.h"

namespace latham::transport {
namespace {

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

/// Cuts every part into messages of the largest size; a message never holds bytes of two parts.
class MessageOutlet final : public ByteOutlet {
 public:
  explicit MessageOutlet(UniqueFd queue)
      : fd_(std::move(queue)), message_bytes_(message_bytes_of(fd_.get())) {}
  bool write(std::span<iovec> parts, const StopEvent& stop) noexcept override {
    for (const iovec& part : parts) {
      const auto* data = static_cast<const char*>(part.iov_base);
      for (std::uint64_t at = 0; at < part.iov_len; at += message_bytes_)
        if (!send(data + at, std::min(message_bytes_, part.iov_len - at), stop)) return false;
    }
    return true;
  }

 private:
  bool send(const char* data, std::uint64_t bytes, const StopEvent& stop) const noexcept {
    while (uninterrupted([&] { return ::mq_send(fd_.get(), data, bytes, 0); }) != 0) {
      if (errno != EAGAIN || !stop.wait(fd_.get(), POLLOUT)) return false;
    }
    return true;
  }

  UniqueFd fd_;
  std::uint64_t message_bytes_;
};

class MessageInlet final : public ByteInlet {
 public:
  explicit MessageInlet(UniqueFd queue)
      : fd_(std::move(queue)), message_bytes_(message_bytes_of(fd_.get())) {}
  bool read(std::byte* to, std::uint64_t bytes, const StopEvent& stop) noexcept override {
    for (std::uint64_t at = 0; at < bytes;) {
      // The sender may have cut at the end of a row; more than was left is another part's message.
      const std::int64_t got = receive(to + at, stop);
      if (got <= 0 || static_cast<std::uint64_t>(got) > bytes - at) return false;
      at += static_cast<std::uint64_t>(got);
    }
    return true;
  }
  /// The kernel takes no buffer smaller than a whole message.
  [[nodiscard]] std::uint64_t slack() const noexcept override { return message_bytes_; }

 private:
  std::int64_t receive(std::byte* to, const StopEvent& stop) const noexcept {
    for (;;) {
      const ssize_t n = uninterrupted([&] {
        return ::mq_receive(fd_.get(), reinterpret_cast<char*>(to), message_bytes_, nullptr);
      });
      if (n >= 0) return n;
      if (errno != EAGAIN || !stop.wait(fd_.get(), POLLIN)) return -1;
    }
  }

  UniqueFd fd_;
  std::uint64_t message_bytes_;
};

}  // namespace

MessageQueueEnds make_message_queue() {
  std::random_device random;
  const std::string name = "/latham-" + std::to_string(::getpid()) + "-" + std::to_string(random());
  mq_attr attributes{};
  attributes.mq_maxmsg = kernel_limit("msg_max", 10);
  attributes.mq_msgsize = kernel_limit("msgsize_max", 8192);
  const int flags = O_CREAT | O_EXCL | O_RDONLY | O_NONBLOCK | O_CLOEXEC;
  UniqueFd receive(::mq_open(name.c_str(), flags, 0600, &attributes));
  if (!receive && errno == EMFILE)
    throw std::runtime_error(
        "make a message queue: this user has as many as the system allows (ulimit -q, in bytes)");
  if (!receive) throw_errno("make a message queue");
  UniqueFd send(::mq_open(name.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
  const int error = errno;
  ::mq_unlink(name.c_str());
  errno = error;
  if (!send) throw_errno("open a message queue for writing");
  return {std::move(send), std::move(receive)};
}

MessageQueueSender::MessageQueueSender(UniqueFd queue, ringbuf::OwnBell& bell)
    : QueuedSender(std::make_unique<MessageOutlet>(std::move(queue)), bell) {}

MessageQueueReceiver::MessageQueueReceiver(UniqueFd queue, ringbuf::OwnBell& bell)
    : QueuedReceiver(std::make_unique<MessageInlet>(std::move(queue)), bell) {}

}  // namespace latham::transport
