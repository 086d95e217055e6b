// SPDX-License-Identifier: MIT
#include "supervisor/edges.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <string>

#include "ringbuf/memory.h"

namespace latham::supervisor {
namespace {

std::map<std::string, std::string> fields_of(const Seat& seat) {
  return {{"edge", fmt::format("{}", seat.edge)},
          {"index", fmt::format("{}", seat.index)},
          {"policy", std::string(word(seat.policy))},
          {"transport", "shm"}};
}

}  // namespace

const OpenEdge& Edges::at(std::uint32_t number) const {
  const auto found = std::find_if(edges_.begin(), edges_.end(),
                                  [&](const OpenEdge& edge) { return edge.number == number; });
  if (found == edges_.end()) throw std::runtime_error(fmt::format("there is no edge {}", number));
  return *found;
}

OpenEdge& Edges::at(std::uint32_t number) {
  return const_cast<OpenEdge&>(std::as_const(*this).at(number));
}

Seat Edges::admit(std::uint32_t number, Policy policy) {
  OpenEdge& edge = at(number);
  auto* const free = std::find(edge.taken.begin(), edge.taken.end(), false);
  if (free == edge.taken.end())
    throw std::runtime_error(fmt::format("edge {} has {} consumers, and there is no place for more",
                                         number, edge.taken.size()));
  Seat seat{number, static_cast<std::uint32_t>(free - edge.taken.begin()), policy, {}, {}};
  seat.claims = ringbuf::create_claims({session_, number, 0}, seat.index);
  seat.bell = ringbuf::create_bell();
  const UniqueFd claims_ro = ringbuf::reopen_read_only(seat.claims.get());
  const std::array fds = {claims_ro.get(), seat.bell.get()};
  edge.producer->link({"consumer", fields_of(seat), {}}, fds);
  if (edge.producer->ring) edge.producer->ring();
  *free = true;
  return seat;
}

bool Edges::settled(const Seat& seat) const {
  return at(seat.edge).producer->links_owed == 0;
}

void Edges::hand_over(const Seat& seat, const Send& send) const {
  const OpenEdge& edge = at(seat.edge);
  const std::array bell = {seat.bell.get()};
  send({"bell", {}, {}}, bell);
  const std::array ends = {edge.pool.get(), seat.claims.get(), edge.bell.get()};
  send({"consume", fields_of(seat), {}}, ends);
  for (const std::uint32_t upstream : edge.upstream) {
    const std::array pool = {at(upstream).pool.get()};
    send({"pool", {{"edge", fmt::format("{}", upstream)}}, {}}, pool);
  }
}

void Edges::leave(const Seat& seat) {
  OpenEdge& edge = at(seat.edge);
  // Another one may take the index at once: the producer hears of both in order.
  edge.taken[seat.index] = false;
  if (edge.producer->has_ended() || edge.producer->done) return;
  edge.producer->link({"detach", {{"index", fmt::format("{}", seat.index)}}, {}}, {});
  if (edge.producer->ring) edge.producer->ring();
}

}  // namespace latham::supervisor
