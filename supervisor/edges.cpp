// SPDX-License-Identifier: MIT
#include "supervisor/edges.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <string>

#include "ringbuf/memory.h"
#include "supervisor/link_messages.h"

namespace latham::supervisor {
const OpenEdge& Edges::at(std::uint32_t number) const {
  const auto found = std::find_if(edges_.begin(), edges_.end(),
                                  [&](const OpenEdge& edge) { return edge.number == number; });
  if (found == edges_.end()) throw std::runtime_error(fmt::format("there is no edge {}", number));
  return *found;
}

OpenEdge& Edges::at(std::uint32_t number) {
  return const_cast<OpenEdge&>(std::as_const(*this).at(number));
}

std::vector<std::uint32_t> Edges::numbers() const {
  std::vector<std::uint32_t> all;
  for (const OpenEdge& edge : edges_) all.push_back(edge.number);
  return all;
}

Seats Edges::admit(std::span<const std::uint32_t> edges, Policy policy) {
  Seats seats{policy, ringbuf::create_bell(), {}};
  try {
    for (const std::uint32_t number : edges) seats.at.push_back(take_place(number, seats));
  } catch (...) {
    leave(seats);
    throw;
  }
  return seats;
}

Seat Edges::take_place(std::uint32_t number, const Seats& seats) {
  OpenEdge& edge = at(number);
  if (edge.closed)
    throw std::runtime_error(fmt::format("the producer of edge {} is being replaced", number));
  auto* const free = std::find(edge.taken.begin(), edge.taken.end(), false);
  if (free == edge.taken.end())
    throw std::runtime_error(fmt::format("edge {} has {} consumers, and there is no place for more",
                                         number, edge.taken.size()));
  Seat seat{number, static_cast<std::uint32_t>(free - edge.taken.begin()), {}};
  seat.claims = ringbuf::create_claims({session_, number, 0}, seat.index);
  const UniqueFd claims_ro = ringbuf::reopen_read_only(seat.claims.get());
  const std::array fds = {claims_ro.get(), seats.bell.get()};
  edge.producer->link({"consumer", consumer_fields(seat.edge, seat.index, seats.policy), {}}, fds);
  if (edge.producer->ring) edge.producer->ring();
  *free = true;
  return seat;
}

bool Edges::settled(const Seats& seats) const {
  return std::all_of(seats.at.begin(), seats.at.end(),
                     [&](const Seat& seat) { return at(seat.edge).producer->links_owed == 0; });
}

void Edges::hand_over(const Seats& seats, const Send& send) const {
  const std::array bell = {seats.bell.get()};
  send({"bell", {}, {}}, bell);
  for (const Seat& seat : seats.at) {
    const OpenEdge& edge = at(seat.edge);
    const std::array ends = {edge.pool.get(), seat.claims.get(), edge.bell.get()};
    send({"consume", consumer_fields(seat.edge, seat.index, seats.policy), {}}, ends);
    for (const std::uint32_t upstream : edge.upstream) {
      const std::array pool = {at(upstream).pool.get()};
      send({"pool", {{"edge", fmt::format("{}", upstream)}}, {}}, pool);
    }
  }
}

bool Edges::has_guests(std::uint32_t edge) const {
  const OpenEdge& of = at(edge);
  return std::any_of(of.taken.begin() + static_cast<std::ptrdiff_t>(of.consumers), of.taken.end(),
                     [](bool taken) { return taken; });
}

void Edges::close(std::uint32_t edge) {
  at(edge).closed = true;
}

void Edges::reopen(std::uint32_t edge, Stage& producer, UniqueFd pool) {
  OpenEdge& of = at(edge);
  of.producer = &producer;
  of.pool = std::move(pool);
  of.closed = false;
}

void Edges::leave(const Seats& seats) {
  for (const Seat& seat : seats.at) leave(seat);
}

void Edges::leave(const Seat& seat) {
  OpenEdge& edge = at(seat.edge);
  // Another one may take the index at once: the producer hears of both in order.
  edge.taken[seat.index] = false;
  if (edge.producer->has_ended() || edge.producer->done) return;
  edge.producer->link(
      {"detach",
       {{"edge", fmt::format("{}", seat.edge)}, {"index", fmt::format("{}", seat.index)}},
       {}},
      {});
  if (edge.producer->ring) edge.producer->ring();
}

}  // namespace latham::supervisor
