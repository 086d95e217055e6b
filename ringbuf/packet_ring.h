// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "ringbuf/doorbell.h"
#include "ringbuf/memory.h"
#include "ringbuf/status.h"

/// A ring of length-prefixed messages (stream table, copied packets) from one writer to one reader.
///
/// REGION (the writer writes, the reader maps read-only): 64-byte header {magic, version, ring bytes},
/// at 64 the count of bytes ever written, at 4096 the ring of `ring bytes` (a power of two).
/// READER PAGE (the reader writes, the writer maps read-only): 64-byte header, at 64 the count of bytes ever read.
/// A record is {u32 payload bytes, u32 flags} and its payload, padded to 8 bytes; it may wrap around
/// the end. Messages longer than a quarter of the ring are sent as several records, all but the last flagged `more`
/// and exactly that long.
namespace latham::ringbuf {

/// Longest message that a reader accepts; a writer that claims more is hostile or broken.
inline constexpr std::uint64_t kMaxMessageBytes = std::uint64_t{1} << 30;

/// `ring_bytes`: a power of two from 4096 to 1 GiB.
[[nodiscard]] UniqueFd create_packet_ring(std::uint64_t ring_bytes);
[[nodiscard]] UniqueFd create_packet_reader();

/// Thread-safety: one thread. Crash: a record is seen whole or not at all.
class PacketWriter {
 public:
  PacketWriter(UniqueFd ring_fd, UniqueFd reader_fd, UniqueFd reader_bell_fd);

  /// Writes as much of the message as fits. full: call again with the same message once there is
  /// room; it goes on where it stopped. Never blocks.
  Status try_write(std::span<const std::byte> message) noexcept;
  [[nodiscard]] bool has_room() const noexcept;

 private:
  [[nodiscard]] std::uint64_t room() const noexcept;
  void put(std::uint64_t at, std::span<const std::byte> bytes) noexcept;

  Mapping ring_;
  Mapping reader_;
  BellRinger bell_;
  std::uint64_t bytes_;  ///< Of the ring.
  std::uint64_t written_ = 0;
  std::size_t sent_ = 0;  ///< Of the message begun.
};

/// Thread-safety: one thread.
class PacketReader {
 public:
  PacketReader(UniqueFd ring_fd, UniqueFd reader_fd, UniqueFd writer_bell_fd);

  /// The next whole message, or empty; corrupt where the writer's counts are impossible.
  Status try_read(std::vector<std::byte>& message);
  [[nodiscard]] bool ready() const noexcept;

 private:
  void get(std::uint64_t at, std::byte* to, std::size_t bytes) const noexcept;

  Mapping ring_;
  Mapping reader_;
  BellRinger bell_;
  std::uint64_t bytes_;
  std::uint64_t read_ = 0;
  std::vector<std::byte> partial_;
};

}  // namespace latham::ringbuf
