// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "control/message.h"
#include "ringbuf/shm_layout.h"
#include "supervisor/pipeline.h"
#include "supervisor/stage.h"
#include "system/unique_fd.h"

namespace latham::supervisor {

/// One edge of a running job, as far as further consumers need it.
struct OpenEdge {
  std::uint32_t number = 0;
  Stage* producer = nullptr;
  UniqueFd pool;                        ///< Read-only; nobody can map it for writing any more.
  UniqueFd bell;                        ///< The producer's.
  std::vector<std::uint32_t> upstream;  ///< Edges whose pixels may be forwarded on this one.
  std::array<bool, ringbuf::kMaxConsumers> taken{};  ///< Consumer indices in use.
  std::size_t consumers = 0;                         ///< Of the pipeline itself: the first indices.
  bool closed = false;                               ///< Its producer is being replaced.
};

/// A consumer's place at an edge.
struct Seat {
  std::uint32_t edge = 0;
  std::uint32_t index = 0;
  UniqueFd claims;
};

/// The places of one consumer, which may look at several edges and sleeps on one bell.
struct Seats {
  Policy policy = Policy::latest;
  UniqueFd bell;
  std::vector<Seat> at;  ///< In the order in which they were asked for.
};

/// The edges of a running job and the one way to join them late, whoever the consumer is:
///
///     admit()      makes the consumer's memory and tells the producer
///     settled()    the producer has taken it in; only now may the consumer look, since a hold
///                  that the producer does not know of protects nothing
///     hand_over()  gives the consumer its ends
///     leave()      once it is gone: ends its claims
class Edges {
 public:
  Edges() = default;
  explicit Edges(std::uint64_t session) : session_(session) {}

  void add(OpenEdge edge) { edges_.push_back(std::move(edge)); }
  [[nodiscard]] bool empty() const noexcept { return edges_.empty(); }

  [[nodiscard]] std::vector<std::uint32_t> numbers() const;
  [[nodiscard]] const Stage& producer(std::uint32_t edge) const { return *at(edge).producer; }

  /// Throws std::runtime_error where there is no such edge or no place, std::system_error where
  /// there are no resources; nothing has changed then.
  [[nodiscard]] Seats admit(std::span<const std::uint32_t> edges, Policy policy);
  [[nodiscard]] bool settled(const Seats& seats) const;
  using Send = std::function<void(const control::Message&, std::span<const int>)>;
  void hand_over(const Seats& seats, const Send& send) const;
  void leave(const Seats& seats);

  /// Somebody sits there beside the pipeline's own consumers.
  [[nodiscard]] bool has_guests(std::uint32_t edge) const;
  /// The producer is dead: no place is free until reopen() names its successor, a new incarnation with a new
  /// pool. Only for an edge without guests.
  void close(std::uint32_t edge);
  void reopen(std::uint32_t edge, Stage& producer, UniqueFd pool);

 private:
  [[nodiscard]] Seat take_place(std::uint32_t number, const Seats& seats);
  void leave(const Seat& seat);
  [[nodiscard]] const OpenEdge& at(std::uint32_t number) const;
  [[nodiscard]] OpenEdge& at(std::uint32_t number);

  std::uint64_t session_ = 0;
  std::vector<OpenEdge> edges_;
};

}  // namespace latham::supervisor
