// SPDX-License-Identifier: MIT
#include "supervisor/visitors.h"

#include <algorithm>
#include <array>
#include <exception>
#include <stdexcept>
#include <utility>

#include "control/link_socket.h"
#include "system/number.h"

namespace latham::supervisor {
namespace {

constexpr std::size_t kMostVisitors = 16;
/// A round of the supervisor's loop takes so many of one visitor.
constexpr int kMessagesARound = 16;

}  // namespace

void Visitors::add_polled(std::vector<pollfd>& polled) const {
  if (socket_) polled.push_back({socket_->fd(), POLLIN, 0});
  for (const Visitor& visitor : visitors_) polled.push_back({visitor.connection.get(), POLLIN, 0});
}

void Visitors::serve() noexcept {
  if (!socket_) return;
  const auto is_gone = [this](Visitor& visitor) {
    try {
      listen_to(visitor);
      advance(visitor);
      return false;
    } catch (const std::exception&) {
      see_off(visitor);
      return true;
    }
  };
  visitors_.erase(std::remove_if(visitors_.begin(), visitors_.end(), is_gone), visitors_.end());
  let_in();
}

void Visitors::let_in() {
  while (auto connection = socket_->accept()) {
    if (visitors_.size() < kMostVisitors)
      visitors_.push_back({desk_.next_id++, std::move(*connection), {}});
  }
}

void Visitors::listen_to(Visitor& visitor) {
  for (int count = 0; count < kMessagesARound; ++count) {
    const auto message = next_message(visitor.connection.get(), std::chrono::milliseconds(0));
    if (!message) return;
    take(visitor, message->message);
  }
}

void Visitors::take(Visitor& visitor, const control::Message& message) {
  if (message.word == "status") {
    control::send_link(visitor.connection.get(), facts_);
  } else if (message.word == "attach") {
    attach(visitor, message.get("edges"));
  } else if (message.word == "request" && visitor.seated) {
    desk_.requests.push_back({visitor.id, message.get("what")});
  }
}

void Visitors::attach(Visitor& visitor, const std::string& edges) {
  if (visitor.seats) throw std::runtime_error("attached twice");
  try {
    const auto numbers = parse_numbers<std::uint32_t>(edges);
    if (!numbers || numbers->empty() || numbers->size() > ringbuf::kMaxConsumers)
      throw std::runtime_error("there are no such edges");
    visitor.seats = desk_.edges.admit(*numbers, Policy::latest);
  } catch (const std::exception& refused) {
    control::send_link(visitor.connection.get(), {"refused", {}, refused.what()});
  }
}

/// One step further on the way in: see class Edges.
void Visitors::advance(Visitor& visitor) {
  if (!visitor.seats || visitor.seated || !desk_.edges.settled(*visitor.seats)) return;
  const auto send = [&](const control::Message& message, std::span<const int> fds) {
    control::send_link(visitor.connection.get(), message, fds);
  };
  desk_.edges.hand_over(*visitor.seats, send);
  send({"seated", {}, {}}, {});
  send(facts_, {});
  visitor.seated = true;
}

void Visitors::tell(const control::Message& facts) noexcept {
  facts_ = facts;
  for (const Visitor& visitor : visitors_) {
    if (!visitor.seated) continue;
    try {
      control::send_link(visitor.connection.get(), facts_);
    } catch (const std::exception&) {
      // Stopped, or gone: the next facts will do, or its end is seen in serve().
    }
  }
}

void Visitors::see_off(Visitor& visitor) noexcept {
  if (!visitor.seats) return;
  try {
    desk_.edges.leave(*visitor.seats);
  } catch (const std::exception&) {
    // The producer does not take its messages: it is on its way out, or has other worries.
  }
}

bool Visitors::has(std::size_t id) const noexcept {
  return std::any_of(visitors_.begin(), visitors_.end(),
                     [&](const Visitor& visitor) { return visitor.id == id; });
}

void Visitors::close() noexcept {
  if (!socket_) return;
  facts_.fields["state"] = "ended";
  tell(control::Message(facts_));
  for (Visitor& visitor : visitors_) see_off(visitor);
  visitors_.clear();
  socket_.reset();
}

}  // namespace latham::supervisor
