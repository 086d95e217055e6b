// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "media/av.h"
#include "system/unique_fd.h"
#include "transport/stop_event.h"

namespace latham::media {

/// FFmpeg's byte stream over a descriptor that the supervisor opened: the stage never names a file. Who
/// writes keeps a position of its own, so that a copy of the descriptor may read meanwhile. A descriptor that
/// somebody made non-blocking is waited for.
class ByteIo {
 public:
  enum class Direction : std::uint8_t { read, write };
  /// `stop`: ends what is read from a pipe, a socket or a terminal, a read that waits included; it must
  /// outlive this. A file is read on: it never waits.
  ByteIo(UniqueFd fd, Direction direction, const transport::StopEvent* stop = nullptr);
  ByteIo(const ByteIo&) = delete;
  ByteIo& operator=(const ByteIo&) = delete;
  ~ByteIo();

  [[nodiscard]] AVIOContext* context() const noexcept { return context_; }
  /// errno of the first failed write, 0 for none: FFmpeg keeps only its own code.
  [[nodiscard]] int write_error() const noexcept { return write_error_; }
  /// Bytes written, counting each only once.
  [[nodiscard]] std::int64_t size() const noexcept { return size_; }

 private:
  static int read(void* opaque, std::uint8_t* to, int size);
  static std::int64_t seek(void* opaque, std::int64_t offset, int whence);
  int write(const std::uint8_t* from, int size) noexcept;
  /// Until it is ready; false once `stop` says so.
  [[nodiscard]] bool wait(short events) const noexcept;

  UniqueFd fd_;
  const transport::StopEvent* stop_;
  bool may_stall_ = false;  ///< A pipe, a socket or a terminal: what is not there may still come.
  AVIOContext* context_ = nullptr;
  int write_error_ = 0;
  std::int64_t position_ = 0;
  std::int64_t size_ = 0;
};

}  // namespace latham::media
