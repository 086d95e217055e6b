// SPDX-License-Identifier: MIT
#include "ringbuf/packet_ring.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>
#include <stdexcept>
#include <utility>

#include "ringbuf/kill_point.h"
#include "system/unique_fd.h"

namespace latham::ringbuf {
namespace {

constexpr std::uint64_t kRingMagic = 0x314e4952504d544c;    // "LTMPRIN1"
constexpr std::uint64_t kReaderMagic = 0x31444152504d544c;  // "LTMPRAD1"
constexpr std::uint64_t kDataAt = 4096;
constexpr std::uint32_t kFlagMore = 1;

struct RingFront {
  std::uint64_t magic;
  std::uint32_t version;
  std::uint32_t reserved;
  std::uint64_t ring_bytes;
  std::byte gap[40];
  Word64 count;  ///< Bytes ever written (ring) or read (reader page).
};
static_assert(offsetof(RingFront, count) == 64, "layout changed: increment kLayoutVersion");

struct Record {
  std::uint32_t bytes;
  std::uint32_t flags;
};

std::uint64_t padded(std::uint64_t bytes) {
  return (bytes + 7) / 8 * 8;
}

RingFront& front_of(const Mapping& mapping) {
  return *std::launder(reinterpret_cast<RingFront*>(mapping.data()));
}

UniqueFd create(const char* name, std::uint64_t magic, std::uint64_t ring_bytes,
                std::uint64_t total) {
  UniqueFd fd = create_region(name, total);
  Mapping map(UniqueFd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 3)), Access::write, sizeof(RingFront),
              name);
  RingFront& front = front_of(map);
  front.magic = magic;
  front.version = kLayoutVersion;
  front.ring_bytes = ring_bytes;
  return fd;
}

std::uint64_t checked_ring_bytes(const Mapping& ring, const Mapping& reader) {
  const RingFront& front = front_of(ring);
  const std::uint64_t bytes = front.ring_bytes;
  if (front.magic != kRingMagic || front.version != kLayoutVersion || !std::has_single_bit(bytes) ||
      bytes < kDataAt || ring.size() != kDataAt + bytes)
    throw std::runtime_error("packet ring: wrong magic number, version or size");
  if (front_of(reader).magic != kReaderMagic)
    throw std::runtime_error("packet ring reader page: wrong magic number");
  return bytes;
}

}  // namespace

UniqueFd create_packet_ring(std::uint64_t ring_bytes) {
  if (!std::has_single_bit(ring_bytes) || ring_bytes < kDataAt ||
      ring_bytes > std::uint64_t{1} << 30)
    throw std::runtime_error(fmt::format(
        "packet ring of {} bytes: must be a power of two from 4096 to 1 GiB", ring_bytes));
  return create("latham-packets", kRingMagic, ring_bytes, kDataAt + ring_bytes);
}

UniqueFd create_packet_reader() {
  return create("latham-packet-reader", kReaderMagic, 0, kDataAt);
}

PacketWriter::PacketWriter(UniqueFd ring_fd, UniqueFd reader_fd, UniqueFd reader_bell_fd)
    : ring_(std::move(ring_fd), Access::write, sizeof(RingFront), "packet ring"),
      reader_(std::move(reader_fd), Access::read, sizeof(RingFront), "packet ring reader page"),
      bell_(std::move(reader_bell_fd)),
      bytes_(checked_ring_bytes(ring_, reader_)) {}

std::uint64_t PacketWriter::room() const noexcept {
  // SYNC packet-free: acquire; pairs with the reader's store. Its copy out of the ring is over.
  const std::uint64_t read = front_of(reader_).count.load(std::memory_order_acquire);
  const std::uint64_t used = written_ - read;
  return used > bytes_ ? 0
                       : bytes_ - used;  // more used than there is: a hostile reader stalls only us
}

bool PacketWriter::has_room() const noexcept {
  return room() >= bytes_ / 4 + sizeof(Record) + 8;
}

void PacketWriter::put(std::uint64_t at, std::span<const std::byte> bytes) noexcept {
  kill_point();
  std::byte* data = ring_.data() + kDataAt;
  const std::uint64_t start = at & (bytes_ - 1);
  const std::size_t first = std::min<std::size_t>(bytes.size(), bytes_ - start);
  if (first > 0) std::memcpy(data + start, bytes.data(), first);
  if (bytes.size() == first) return;
  kill_point();
  std::memcpy(data, bytes.data() + first, bytes.size() - first);
}

Status PacketWriter::try_write(std::span<const std::byte> message) noexcept {
  const std::size_t most = bytes_ / 4;
  do {
    const std::size_t part = std::min(message.size() - sent_, most);
    if (room() < sizeof(Record) + padded(part)) return Status::full;
    const bool more = sent_ + part < message.size();
    const Record record{static_cast<std::uint32_t>(part), more ? kFlagMore : 0};
    put(written_, std::as_bytes(std::span(&record, 1)));
    put(written_ + sizeof(Record), message.subspan(sent_, part));
    written_ += sizeof(Record) + padded(part);
    sent_ += part;
    kill_point();
    // SYNC packet-visible: release; pairs with the reader's load. The record comes before.
    front_of(ring_).count.store(written_, std::memory_order_release);
    bell_.ring();
  } while (sent_ < message.size());
  sent_ = 0;
  return Status::ok;
}

PacketReader::PacketReader(UniqueFd ring_fd, UniqueFd reader_fd, UniqueFd writer_bell_fd)
    : ring_(std::move(ring_fd), Access::read, sizeof(RingFront), "packet ring"),
      reader_(std::move(reader_fd), Access::write, sizeof(RingFront), "packet ring reader page"),
      bell_(std::move(writer_bell_fd)),
      bytes_(checked_ring_bytes(ring_, reader_)) {}

bool PacketReader::ready() const noexcept {
  // SYNC packet-visible: acquire; pairs with the writer's store.
  return front_of(ring_).count.load(std::memory_order_acquire) != read_;
}

void PacketReader::get(std::uint64_t at, std::byte* to, std::size_t bytes) const noexcept {
  const std::byte* data = ring_.data() + kDataAt;
  const std::uint64_t start = at & (bytes_ - 1);
  const std::size_t first = std::min<std::size_t>(bytes, bytes_ - start);
  if (first > 0) std::memcpy(to, data + start, first);
  if (bytes > first) std::memcpy(to + first, data, bytes - first);
}

Status PacketReader::try_read(std::vector<std::byte>& message) {
  for (;;) {
    // SYNC packet-visible: acquire; pairs with the writer's store.
    const std::uint64_t written = front_of(ring_).count.load(std::memory_order_acquire);
    const std::uint64_t available = written - read_;
    if (available == 0) return Status::empty;
    Record record{};
    if (available > bytes_ || available < sizeof(record)) return Status::corrupt;
    get(read_, reinterpret_cast<std::byte*>(&record), sizeof(record));
    const std::uint64_t whole = sizeof(record) + padded(record.bytes);
    const bool more = (record.flags & kFlagMore) != 0;
    // Smaller parts could keep us here for as long as the writer makes them.
    if (more && record.bytes != bytes_ / 4) return Status::corrupt;
    if (whole > available || partial_.size() + record.bytes > kMaxMessageBytes)
      return Status::corrupt;
    const std::size_t before = partial_.size();
    partial_.resize(before + record.bytes);
    get(read_ + sizeof(record), partial_.data() + before, record.bytes);
    read_ += whole;
    kill_point();
    // SYNC packet-free: release; pairs with the writer's load. Our copy comes before.
    front_of(reader_).count.store(read_, std::memory_order_release);
    bell_.ring();
    if (more) continue;
    message = std::move(partial_);
    partial_.clear();
    return Status::ok;
  }
}

}  // namespace latham::ringbuf
