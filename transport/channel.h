// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "system/unique_fd.h"

/// The one interface between stages. Shared memory is the product; the pipe is the fallback and the
/// yardstick. Each transport is one file that makes these four ends; what travels is the same bytes,
/// so the output is the same.
///
/// No call blocks. A stage that was told `again` sleeps on its bell and is rung when there is news.
namespace latham::transport {

enum class [[nodiscard]] Status : std::uint8_t{
    ok,
    again,      ///< Sender: no room. Receiver: nothing new.
    end,        ///< Receiver: the stream is whole and everything was taken.
    lost,       ///< The peer is gone without an end of stream.
    corrupt,    ///< The peer broke the protocol.
    no_memory,  ///< The kernel has no memory for a frame.
};

inline constexpr std::uint32_t kMaxPlanes = 4;
/// Room for what travels with a frame beside its pixels.
inline constexpr std::uint32_t kMaxMetaBytes = 32 * 1024;
/// Readable bytes that must follow every plane (codecs read ahead).
inline constexpr std::uint64_t kGuardBytes = 128;
/// Alignment of planes and strides that senders use when they lay out a frame.
inline constexpr std::uint64_t kPlaneAlign = 64;

struct Plane {
  const std::byte* data = nullptr;  ///< First row.
  std::int64_t stride = 0;          ///< Bytes to the next row; negative when rows run upwards.
  std::uint32_t rows = 0;
  std::uint32_t row_bytes = 0;  ///< Bytes of a row that hold pixels.
};

/// Memory for the pixels of one frame, lent by a sender: what is written here needs no copy when
/// it is sent. May be kept (read) after sending for as long as a codec wants. Any thread.
class Room {
 public:
  Room(std::byte* data, std::uint64_t bytes) noexcept : data_(data), bytes_(bytes) {}
  Room(const Room&) = delete;
  Room& operator=(const Room&) = delete;
  virtual ~Room() = default;
  [[nodiscard]] std::byte* data() const noexcept { return data_; }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

 private:
  std::byte* data_;
  std::uint64_t bytes_;
};

struct OutgoingFrame {
  std::uint32_t plane_count = 0;
  Plane plane[kMaxPlanes];
  std::span<const std::byte> meta;  ///< What travels with the frame; see media/frame_meta.h.
  std::uint64_t origin = 0;         ///< Number of the upstream frame that it came from, 0 for none.
  std::shared_ptr<void> keep;       ///< Keeps the pixels until every consumer is done.
};

/// Frames and bytes that were copied on the way through one end.
struct CopyCount {
  std::uint64_t frames = 0;
  std::uint64_t bytes = 0;
};

/// Frames that were sent and are not finished with, and how many there may be; 0 of 0: unknown.
struct Backlog {
  std::uint32_t frames = 0;
  std::uint32_t most = 0;
};

class FrameSender {
 public:
  virtual ~FrameSender() = default;
  /// Room for `bytes` of pixels, or nullptr when there is none to spare. Any thread; lets go of no
  /// frame that was sent, so an allocator may call it under its own lock.
  [[nodiscard]] virtual std::shared_ptr<Room> try_room(std::uint64_t bytes) noexcept = 0;
  /// False while the consumers should catch up first; a stage asks before it makes more frames.
  [[nodiscard]] virtual bool ready() noexcept = 0;
  /// Sends one frame without a copy where its pixels already lie in shared memory. again: nothing
  /// was sent, offer the same frame again.
  virtual Status send(const OutgoingFrame& frame) noexcept = 0;
  /// States that the stream is whole.
  virtual void end() noexcept = 0;
  /// Everything sent has left this process or lies in memory that outlives it.
  [[nodiscard]] virtual bool drained() noexcept = 0;
  [[nodiscard]] virtual CopyCount copied() const noexcept = 0;
  [[nodiscard]] virtual std::uint64_t sent() const noexcept = 0;
  /// How far the consumers were behind when it was last asked whether it is ready.
  [[nodiscard]] virtual Backlog backlog() const noexcept { return {}; }
};

struct IncomingFrame {
  std::uint64_t number = 0;  ///< On its edge, from 1, without gaps.
  std::uint64_t origin = 0;
  std::uint32_t plane_count = 0;
  Plane plane[kMaxPlanes];      ///< Read-only memory.
  std::vector<std::byte> meta;  ///< A private copy, not yet checked by media.
  std::shared_ptr<void>
      hold;  ///< Dropping the last reference (any thread) lets the producer reuse the memory.
};

class FrameReceiver {
 public:
  virtual ~FrameReceiver() = default;
  virtual Status receive(IncomingFrame& frame) = 0;
  [[nodiscard]] virtual bool ready() noexcept = 0;
  [[nodiscard]] virtual CopyCount copied() const noexcept = 0;
  [[nodiscard]] virtual std::uint32_t held() const noexcept = 0;
  /// Memory of an edge further upstream whose frames may be forwarded on this one. Transports that
  /// copy have no use for it.
  virtual void add_upstream_pool(UniqueFd pool_fd) { pool_fd.reset(); }
  /// Nothing came for long: lets go of forwarded frames that their producer may wait for, by a copy. Throws
  /// std::system_error.
  virtual void make_way_upstream() {}
};

class PacketSender {
 public:
  virtual ~PacketSender() = default;
  /// again: offer the same message again.
  virtual Status send(std::span<const std::byte> message) noexcept = 0;
  [[nodiscard]] virtual bool drained() noexcept = 0;
};

class PacketReceiver {
 public:
  virtual ~PacketReceiver() = default;
  virtual Status receive(std::vector<std::byte>& message) = 0;
  [[nodiscard]] virtual bool ready() noexcept = 0;
};

}  // namespace latham::transport
