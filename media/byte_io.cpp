// SPDX-License-Identifier: MIT
#include "media/byte_io.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace latham::media {
namespace {

constexpr int kBufferBytes = 32 * 1024;  // as ffmpeg's file protocol

#if LIBAVFORMAT_VERSION_MAJOR >= 61
using WriteData = const std::uint8_t*;
#else
using WriteData = std::uint8_t*;
#endif

}  // namespace

ByteIo::ByteIo(UniqueFd fd, Direction direction) : fd_(std::move(fd)) {
  struct stat st {};
  const bool seekable = ::fstat(fd_.get(), &st) == 0 && S_ISREG(st.st_mode);
  auto* buffer = static_cast<unsigned char*>(checked(av_malloc(kBufferBytes)));
  const bool writing = direction == Direction::write;
  context_ = avio_alloc_context(
      buffer, kBufferBytes, writing ? 1 : 0, this, writing ? nullptr : &ByteIo::read,
      writing ? +[](void* self, WriteData from,
                    int size) { return static_cast<ByteIo*>(self)->write(from, size); }
              : nullptr,
      seekable ? &ByteIo::seek : nullptr);
  if (context_ == nullptr) {
    av_free(buffer);
    throw std::bad_alloc();
  }
  context_->seekable = seekable ? AVIO_SEEKABLE_NORMAL : 0;
}

ByteIo::~ByteIo() {
  av_freep(&context_->buffer);
  avio_context_free(&context_);
}

int ByteIo::read(void* opaque, std::uint8_t* to, int size) {
  const int fd = static_cast<ByteIo*>(opaque)->fd_.get();
  for (;;) {
    const ssize_t n = ::read(fd, to, static_cast<std::size_t>(size));
    if (n > 0) return static_cast<int>(n);
    if (n == 0) return AVERROR_EOF;
    if (errno != EINTR) return AVERROR(errno);
  }
}

int ByteIo::write(const std::uint8_t* from, int size) noexcept {
  int done = 0;
  while (done < size) {
    const ssize_t n = ::write(fd_.get(), from + done, static_cast<std::size_t>(size - done));
    if (n < 0) {
      if (errno == EINTR) continue;
      if (write_error_ == 0) write_error_ = errno;
      return AVERROR(errno);
    }
    done += static_cast<int>(n);
  }
  position_ += done;
  size_ = std::max(size_, position_);
  return done;
}

std::int64_t ByteIo::seek(void* opaque, std::int64_t offset, int whence) {
  auto* self = static_cast<ByteIo*>(opaque);
  if (whence == AVSEEK_SIZE) {
    struct stat st {};
    return ::fstat(self->fd_.get(), &st) == 0 ? st.st_size : AVERROR(errno);
  }
  const off_t at = ::lseek(self->fd_.get(), offset, whence & ~AVSEEK_FORCE);
  if (at < 0) return AVERROR(errno);
  self->position_ = at;
  return at;
}

}  // namespace latham::media
