// SPDX-License-Identifier: MIT
// Loaded with LD_PRELOAD into a decoder: at the packet that the page names it crashes or hangs, as a broken codec does, or is killed;
// or gets no more packets, as from a device that gives none.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>

#include "ringbuf/shm_layout.h"
#include "tests/fault/traps.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

namespace {

using latham::test::TrapKind;
using latham::test::TrapPage;

TrapPage* map_page() {
  const char* path = std::getenv(latham::test::kTrapPageVariable);
  const int fd = path == nullptr ? -1 : ::open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return nullptr;
  void* page = ::mmap(nullptr, sizeof(TrapPage), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  ::close(fd);
  return page == MAP_FAILED ? nullptr : static_cast<TrapPage*>(page);
}

TrapPage* const page = map_page();

/// libavformat decodes the first packets by itself to learn what the streams are.
bool is_only_probing(const void* caller) {
  Dl_info info{};
  return ::dladdr(caller, &info) != 0 && std::strstr(info.dli_fname, "libavformat") != nullptr;
}

/// The pool that the decoder publishes in: larger than anything else that it maps to write.
latham::ringbuf::PoolFront* pool = nullptr;
constexpr std::size_t kLeastPool = std::size_t{1} << 30;

/// A frame more, which is there in name only.
void damage(bool has_entry) {
  using latham::ringbuf::Entry;
  const std::uint64_t number = pool->producer.head.load() + 1;
  if (has_entry) {
    Entry& entry = reinterpret_cast<Entry*>(pool + 1)[number & (pool->header.entries - 1)];
    entry.slot.store(pool->header.slots);
    entry.number.store(number);
  }
  pool->producer.head.store(number);
}

bool springs(const AVCodecContext& codec, const AVPacket* packet) {
  if (page == nullptr || page->sprung >= page->times || page->kind == TrapKind::empty) return false;
  if (page->number == 0) return packet != nullptr && packet->pos == page->byte;
  static std::uint32_t number = 0;
  return codec.codec_type == AVMEDIA_TYPE_VIDEO &&
         ++number == page->number + page->step * page->sprung;
}

}  // namespace

extern "C" void* mmap(void* at, size_t bytes, int protection, int flags, int fd, off_t offset) {
  static auto* const real = reinterpret_cast<decltype(&::mmap)>(::dlsym(RTLD_NEXT, "mmap"));
  void* const mapped = real(at, bytes, protection, flags, fd, offset);
  if ((protection & PROT_WRITE) != 0 && (flags & MAP_SHARED) != 0 && bytes >= kLeastPool &&
      mapped != MAP_FAILED)
    pool = static_cast<latham::ringbuf::PoolFront*>(mapped);
  return mapped;
}

extern "C" int avcodec_send_packet(AVCodecContext* codec, const AVPacket* packet) {
  static auto* const real = reinterpret_cast<int (*)(AVCodecContext*, const AVPacket*)>(
      ::dlsym(RTLD_NEXT, "avcodec_send_packet"));
  if (!is_only_probing(__builtin_return_address(0)) && springs(*codec, packet)) {
    ++page->sprung;
    if (page->kind == TrapKind::no_end) damage(false);
    if (page->kind == TrapKind::damages) damage(true);
    if (page->kind != TrapKind::hang && page->kind != TrapKind::killed) ::raise(SIGSEGV);
    if (page->kind == TrapKind::killed) ::raise(SIGKILL);
    while (page->kind == TrapKind::hang) ::usleep(1000);
  }
  return real(codec, packet);
}

extern "C" int av_read_frame(AVFormatContext* input, AVPacket* packet) {
  static auto* const real =
      reinterpret_cast<int (*)(AVFormatContext*, AVPacket*)>(::dlsym(RTLD_NEXT, "av_read_frame"));
  static std::uint32_t number = 0;
  if (page == nullptr || page->kind != TrapKind::empty || number++ < page->number)
    return real(input, packet);
  page->sprung = 1;
  return AVERROR(EAGAIN);
}
