// SPDX-License-Identifier: MIT
#include "media/byte_io.h"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "system/error.h"
#include "system/uninterrupted.h"

namespace latham::media {
namespace {

constexpr int kBufferBytes = 32 * 1024;  // as ffmpeg's file protocol

}  // namespace

ByteIo::ByteIo(UniqueFd fd, Direction direction, const transport::StopEvent* stop)
    : fd_(std::move(fd)), stop_(stop) {
  struct stat st {};
  if (::fstat(fd_.get(), &st) != 0) throw_errno("look at a file");
  const bool writing = direction == Direction::write;
  // /dev/null takes what goes back to an earlier place, as any.
  const bool swallows = writing && S_ISCHR(st.st_mode) && ::lseek(fd_.get(), 0, SEEK_CUR) >= 0;
  const bool seekable = S_ISREG(st.st_mode) || swallows;
  may_stall_ = !S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode);
  auto* buffer = static_cast<unsigned char*>(checked(av_malloc(kBufferBytes)));
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
  // Where the shell left it.
  if (writing && seekable) position_ = std::max<off_t>(::lseek(fd_.get(), 0, SEEK_CUR), 0);
}

ByteIo::~ByteIo() {
  // Behind what was written, as write() would: the shell's next command may go on there.
  if (context_->write_flag != 0 && context_->seekable != 0) ::lseek(fd_.get(), size_, SEEK_SET);
  av_freep(&context_->buffer);
  avio_context_free(&context_);
}

bool ByteIo::wait(short events) const noexcept {
  if (stop_ != nullptr) return stop_->wait(fd_.get(), events);
  pollfd fd{fd_.get(), events, 0};
  (void)uninterrupted([&] { return ::poll(&fd, 1, -1); });
  return true;
}

int ByteIo::read(void* opaque, std::uint8_t* to, int size) {
  const auto& self = *static_cast<ByteIo*>(opaque);
  for (;;) {
    // Nobody could be called back out of read().
    if (self.may_stall_ && !self.wait(POLLIN)) return AVERROR_EOF;
    const ssize_t n =
        uninterrupted([&] { return ::read(self.fd_.get(), to, static_cast<std::size_t>(size)); });
    if (n >= 0) return n == 0 ? AVERROR_EOF : static_cast<int>(n);
    // FFmpeg would keep this error for ever.
    if (errno != EAGAIN || !self.may_stall_) return AVERROR(errno);
  }
}

int ByteIo::write(const std::uint8_t* from, int size) noexcept {
  int done = 0;
  while (done < size) {
    const auto bytes = static_cast<std::size_t>(size - done);
    const ssize_t n = uninterrupted([&] {
      return context_->seekable != 0 ? ::pwrite(fd_.get(), from + done, bytes, position_)
                                     : ::write(fd_.get(), from + done, bytes);
    });
    if (n < 0 && errno == EAGAIN && may_stall_) {
      (void)wait(POLLOUT);  // what was made is written, stopped or not
      continue;
    }
    if (n < 0) {
      if (write_error_ == 0) write_error_ = errno;
      return AVERROR(errno);
    }
    done += static_cast<int>(n);
    position_ += n;
  }
  size_ = std::max(size_, position_);
  return done;
}

std::int64_t ByteIo::seek(void* opaque, std::int64_t offset, int whence) {
  auto* self = static_cast<ByteIo*>(opaque);
  struct stat st {};
  if (::fstat(self->fd_.get(), &st) != 0) {
    // A muxer may take this for a pipe and write another kind of file, so it counts as failed.
    if (self->write_error_ == 0) self->write_error_ = errno;
    return AVERROR(errno);
  }
  if (whence == AVSEEK_SIZE) return st.st_size;
  whence &= ~AVSEEK_FORCE;
  if (self->context_->write_flag == 0) {
    const off_t at = ::lseek(self->fd_.get(), offset, whence);
    return at < 0 ? AVERROR(errno) : at;
  }
  const std::int64_t from = whence == SEEK_CUR   ? self->position_
                            : whence == SEEK_END ? st.st_size
                                                 : 0;
  if (offset < -from || offset > INT64_MAX - from) return AVERROR(EINVAL);
  return self->position_ = from + offset;
}

}  // namespace latham::media
