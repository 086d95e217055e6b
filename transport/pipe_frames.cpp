// SPDX-License-Identifier: MIT
#include <memory>
#include <utility>

#include "transport/pipe.h"
#include "transport/pipe_io.h"

namespace latham::transport {
namespace {

class PipeOutlet final : public ByteOutlet {
 public:
  explicit PipeOutlet(UniqueFd fd) : fd_(std::move(fd)) { prepare(fd_.get()); }
  bool write(std::span<iovec> parts, const StopEvent& stop) noexcept override {
    return write_all(fd_.get(), parts, stop);
  }

 private:
  UniqueFd fd_;
};

class PipeInlet final : public ByteInlet {
 public:
  explicit PipeInlet(UniqueFd fd) : fd_(std::move(fd)) { prepare(fd_.get()); }
  bool read(std::byte* to, std::uint64_t bytes, const StopEvent& stop) noexcept override {
    return read_all(fd_.get(), to, bytes, stop) == bytes;
  }

 private:
  UniqueFd fd_;
};

}  // namespace

PipeSender::PipeSender(UniqueFd fd, ringbuf::OwnBell& bell)
    : QueuedSender(std::make_unique<PipeOutlet>(std::move(fd)), bell) {}

PipeReceiver::PipeReceiver(UniqueFd fd, ringbuf::OwnBell& bell)
    : QueuedReceiver(std::make_unique<PipeInlet>(std::move(fd)), bell) {}

}  // namespace latham::transport
