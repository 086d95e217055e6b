// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <csignal>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ringbuf/doorbell.h"
#include "tests/support/fds.h"
#include "tests/unit/ringbuf/edge.h"
#include "transport/pipe.h"
#include "transport/shared_memory.h"

/// Both ends of one transport, and pictures of every shape.
namespace latham::transport::test {

using ringbuf::test::copy_of;

enum class Kind { shm, pipe };

/// As every stage does: a pipe whose reader is gone is an error code, not a death.
inline const auto kSigpipeBefore = std::signal(SIGPIPE, SIG_IGN);

[[nodiscard]] inline std::string name_of(const testing::TestParamInfo<Kind>& info) {
  return info.param == Kind::shm ? "SharedMemory" : "Pipe";
}

inline constexpr ringbuf::PoolGeometry kGeometry{.slots = 32, .entries = 32, .slot_bytes = 1 << 20};

/// The memory of a transport, before its ends are opened: what the supervisor makes.
struct Wire {
  explicit Wire(Kind k) : kind(k) {
    if (kind == Kind::shm) {
      pool = ringbuf::create_pool(ringbuf::test::kIdentity, kGeometry);
      claims = ringbuf::create_claims(ringbuf::test::kIdentity, 0);
    } else {
      std::tie(read_end, write_end) = latham::test::make_pipe();
    }
  }
  [[nodiscard]] std::unique_ptr<FrameSender> open_sender(ringbuf::OwnBell& bell) {
    if (kind == Kind::pipe) return std::make_unique<PipeSender>(std::move(write_end), bell);
    ringbuf::Producer producer(copy_of(pool.get()));
    ringbuf::seal_pool(pool.get());
    producer.attach(ringbuf::reopen_read_only(claims.get()), copy_of(receiver_bell.get()),
                    ringbuf::Policy::lossless);
    return std::make_unique<SharedMemorySender>(std::move(producer), nullptr);
  }
  [[nodiscard]] std::unique_ptr<FrameReceiver> open_receiver(ringbuf::OwnBell& bell) {
    if (kind == Kind::pipe) return std::make_unique<PipeReceiver>(std::move(read_end), bell);
    return std::make_unique<SharedMemoryReceiver>(
        ringbuf::LosslessConsumer(ringbuf::reopen_read_only(pool.get()), copy_of(claims.get()),
                                  copy_of(sender_bell.get()), kHoldBudget));
  }

  Kind kind;
  UniqueFd sender_bell = ringbuf::create_bell();
  UniqueFd receiver_bell = ringbuf::create_bell();
  UniqueFd pool;
  UniqueFd claims;
  UniqueFd read_end;
  UniqueFd write_end;
};

/// Both ends in one process. Each waits on its own bell.
struct Ends {
  explicit Ends(Kind kind)
      : wire(kind),
        sender(wire.open_sender(sender_bell)),
        receiver(wire.open_receiver(receiver_bell)) {}

  Status send(const OutgoingFrame& frame) {
    Status status = sender->send(frame);
    for (; status == Status::again; status = sender->send(frame))
      sender_bell.wait([this] { return sender->ready(); });
    return status;
  }
  Status receive(IncomingFrame& frame) {
    Status status = receiver->receive(frame);
    for (; status == Status::again; status = receiver->receive(frame))
      receiver_bell.wait([this] { return receiver->ready(); });
    return status;
  }

  Wire wire;
  ringbuf::OwnBell sender_bell{copy_of(wire.sender_bell.get())};
  ringbuf::OwnBell receiver_bell{copy_of(wire.receiver_bell.get())};
  std::unique_ptr<FrameSender> sender;
  std::unique_ptr<FrameReceiver> receiver;
};

/// One plane of a picture: its size and how its rows lie in memory.
struct Shape {
  std::uint32_t row_bytes;
  std::uint32_t rows;
  std::int64_t stride;  ///< Negative: rows run upwards.
};

[[nodiscard]] inline std::uint64_t room_for(const std::vector<Shape>& shapes) {
  std::uint64_t bytes = kPlaneAlign;
  for (const Shape& shape : shapes)
    bytes +=
        static_cast<std::uint64_t>(shape.stride < 0 ? -shape.stride : shape.stride) * shape.rows +
        shape.row_bytes + kGuardBytes + kPlaneAlign;
  return bytes;
}

[[nodiscard]] inline std::byte pixel(std::uint64_t number, std::uint32_t plane, std::uint32_t row,
                                     std::uint32_t x) {
  const std::uint64_t mixed =
      ((number * 31 + plane) * 8191 + row) * 0x9e3779b97f4a7c15U + x * 0xc2b2ae3d27d4eb4fU;
  return static_cast<std::byte>(mixed >> 56);
}

/// Lays the planes out from `memory` on (at least room_for() bytes) and fills in frame `number`;
/// everything between the pixels is 0xEE.
[[nodiscard]] inline OutgoingFrame draw(std::byte* memory, const std::vector<Shape>& shapes,
                                        std::uint64_t number) {
  OutgoingFrame frame;
  frame.plane_count = static_cast<std::uint32_t>(shapes.size());
  std::memset(memory, 0xEE, room_for(shapes));
  std::byte* at = memory;
  for (std::uint32_t p = 0; p < frame.plane_count; ++p) {
    const Shape& s = shapes[p];
    const std::uint64_t step = static_cast<std::uint64_t>(s.stride < 0 ? -s.stride : s.stride);
    std::byte* first = s.stride < 0 ? at + step * (s.rows - 1) : at;
    for (std::uint32_t r = 0; r < s.rows; ++r) {
      std::byte* row = first + s.stride * static_cast<std::int64_t>(r);
      for (std::uint32_t x = 0; x < s.row_bytes; ++x) row[x] = pixel(number, p, r, x);
    }
    frame.plane[p] = {first, s.stride, s.rows, s.row_bytes};
    at += (step * s.rows + s.row_bytes + kGuardBytes + kPlaneAlign - 1) / kPlaneAlign * kPlaneAlign;
  }
  return frame;
}

[[nodiscard]] inline bool is_drawn(const IncomingFrame& frame, const std::vector<Shape>& shapes,
                                   std::uint64_t number) {
  if (frame.plane_count != shapes.size()) return false;
  for (std::uint32_t p = 0; p < frame.plane_count; ++p) {
    const Plane& plane = frame.plane[p];
    if (plane.rows != shapes[p].rows || plane.row_bytes != shapes[p].row_bytes) return false;
    const std::byte* row = plane.data;
    for (std::uint32_t r = 0; r < plane.rows; ++r, row += plane.stride)
      for (std::uint32_t x = 0; x < plane.row_bytes; ++x)
        if (row[x] != pixel(number, p, r, x)) return false;
    // What codecs read ahead must be there; what it holds is nobody's business.
    const std::byte* last = plane.stride < 0 ? plane.data : row - plane.stride;
    volatile std::byte ahead = last[plane.row_bytes + kGuardBytes - 1];
    (void)ahead;
  }
  return true;
}

}  // namespace latham::transport::test
