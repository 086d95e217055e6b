// SPDX-License-Identifier: MIT
#include "ringbuf/pixel_map.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <utility>

#include "system/error.h"

namespace latham::ringbuf {
namespace {

constexpr std::uint64_t kPage = 4096;
constexpr std::uint32_t kMaxRows = 1U << 20;

/// The bytes of a plane relative to its pool, guard included: [first, last). False on overflow.
bool extent(const Plane& plane, std::uint64_t& first, std::uint64_t& last) {
  if (plane.rows == 0 || plane.rows > kMaxRows) return false;
  std::int64_t span = 0;
  if (__builtin_mul_overflow(plane.stride, static_cast<std::int64_t>(plane.rows - 1), &span))
    return false;
  std::uint64_t low = plane.offset;
  std::uint64_t high = plane.offset;
  if (span < 0) {
    const auto down = static_cast<std::uint64_t>(-(span + 1)) + 1;
    if (down > low) return false;
    low -= down;
  } else if (__builtin_add_overflow(high, static_cast<std::uint64_t>(span), &high)) {
    return false;
  }
  if (__builtin_add_overflow(high, std::uint64_t{plane.row_bytes} + kGuardBytes, &high))
    return false;
  first = low;
  last = high;
  return true;
}

}  // namespace

bool copy_descriptor(const PoolMapping& pool, std::uint32_t slot, SlotDescriptor& fixed,
                     std::vector<std::byte>& meta) {
  const SlotDescriptor& shared = pool.descriptor(slot);
  std::memcpy(&fixed, &shared, offsetof(SlotDescriptor, meta));
  if (fixed.memory_kind != static_cast<std::uint32_t>(MemoryKind::pool) || fixed.plane_count == 0 ||
      fixed.plane_count > kMaxPlanes || fixed.meta_bytes > kMetaBytes)
    return false;
  meta.assign(shared.meta, shared.meta + fixed.meta_bytes);
  return true;
}

PixelMap::PixelMap(UniqueFd pool_fd) : pool_(std::move(pool_fd), Access::read) {
  slot_at_.resize(pool_.header().slots);
  populated_.resize(pool_.header().slots);
  for (std::uint32_t s = 0; s < pool_.header().slots; ++s) slot_at_[s] = pool_.pixels(s);
}

PixelMap::~PixelMap() {
  for (std::byte* address : slot_at_)
    if (!is_primary(address)) ::munmap(address, pool_.header().slot_bytes);
}

bool PixelMap::is_primary(const std::byte* address) const noexcept {
  return address >= pool_.data() && address < pool_.data() + pool_.header().total_bytes;
}

bool PixelMap::locate(const SlotDescriptor& copy, HeldFrame& frame, Range& range) noexcept {
  const PoolHeader& header = pool_.header();
  std::uint64_t first = ~std::uint64_t{0};
  std::uint64_t last = 0;
  for (std::uint32_t p = 0; p < copy.plane_count; ++p) {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    if (!extent(copy.plane[p], low, high)) return false;
    first = std::min(first, low);
    last = std::max(last, high);
  }
  if (first < header.pixels_at || last > header.total_bytes) return false;
  const std::uint64_t slot = (first - header.pixels_at) / header.slot_bytes;
  const std::uint64_t slot_start = header.pixels_at + slot * header.slot_bytes;
  if (last > slot_start + header.slot_bytes) return false;

  std::byte* base = slot_at_[slot];
  for (std::uint32_t p = 0; p < copy.plane_count; ++p)
    frame.plane[p] = {base + (copy.plane[p].offset - slot_start), copy.plane[p].stride,
                      copy.plane[p].rows, copy.plane[p].row_bytes};
  frame.plane_count = copy.plane_count;

  const std::uint64_t from = (first - slot_start) / kPage * kPage;
  const std::uint64_t to =
      std::min((last - slot_start + kPage - 1) / kPage * kPage, header.slot_bytes);
  range = {base + from, to - from, static_cast<std::uint32_t>(slot)};
  if (populated_[slot] < to) {
    // One call instead of a fault for each page; a refusal only means that faults come later.
    (void)::madvise(base, to, MADV_POPULATE_READ);
    populated_[slot] = to;
  }
  return true;
}

std::uint64_t PixelMap::evict(const Range& range) {
  const PoolHeader& header = pool_.header();
  std::byte* old = slot_at_[range.slot];
  // Of no bytes of a shared mapping: another mapping of the same memory, and `old` stays.
  void* fresh = ::mremap(old, 0, header.slot_bytes, MREMAP_MAYMOVE);
  if (fresh == MAP_FAILED) throw_errno("map a frame slot a second time");
  void* copy =
      ::mmap(nullptr, range.bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (copy == MAP_FAILED) {
    ::munmap(fresh, header.slot_bytes);
    throw_errno(
        fmt::format("take {} bytes of private memory for a frame that is kept long", range.bytes));
  }
  std::memcpy(copy, range.first, range.bytes);
  // Atomic for the other threads of this process: their reads see the shared pages or the private
  // ones, which are equal, or wait in a page fault until the move is over.
  if (::mremap(copy, range.bytes, range.bytes, MREMAP_MAYMOVE | MREMAP_FIXED, range.first) ==
      MAP_FAILED) {
    ::munmap(copy, range.bytes);
    ::munmap(fresh, header.slot_bytes);
    throw_errno("move a kept frame to private memory");
  }
  slot_at_[range.slot] = static_cast<std::byte*>(fresh);
  populated_[range.slot] = 0;
  if (!is_primary(old)) {
    // A second mapping that was evicted in its turn: all of it but the kept bytes can go.
    if (range.first > old) ::munmap(old, static_cast<std::size_t>(range.first - old));
    std::byte* rest = range.first + range.bytes;
    std::byte* end = old + header.slot_bytes;
    if (end > rest) ::munmap(rest, static_cast<std::size_t>(end - rest));
  }
  return range.bytes;
}

void PixelMap::release_evicted(const Range& range) noexcept {
  if (is_primary(range.first)) {
    // The pool's own address range stays reserved, so that nobody else's memory comes to lie in it.
    (void)::mmap(range.first, range.bytes, PROT_NONE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
  } else {
    ::munmap(range.first, range.bytes);
  }
}

}  // namespace latham::ringbuf
