// SPDX-License-Identifier: MIT
#pragma once

#include <poll.h>

#include <optional>
#include <string>
#include <vector>

#include "control/message.h"
#include "supervisor/edges.h"
#include "supervisor/session_socket.h"
#include "system/unique_fd.h"

namespace latham::supervisor {

/// What a guest asks of the job: `pause`, `resume` or `stop`.
struct GuestRequest {
  std::size_t from;  ///< The guest's id, never used again.
  std::string what;
};

/// What both kinds of guests share.
struct GuestDesk {
  Edges edges;
  std::vector<GuestRequest> requests;
  std::size_t next_id = 1;
};

/// The guests that come over the session's socket. One that breaks the rules, does not read what it
/// is sent or comes when there are many is turned away, and nobody hears of it. Words:
/// docs/process-model.md, section 7. No call blocks.
class Visitors {
 public:
  explicit Visitors(GuestDesk& desk) : desk_(desk) {}
  Visitors(const Visitors&) = delete;
  Visitors& operator=(const Visitors&) = delete;
  ~Visitors() { close(); }

  /// Throws what SessionSocket throws.
  void listen() { socket_.emplace(); }
  void add_polled(std::vector<pollfd>& polled) const;
  void serve() noexcept;
  /// What `status` is answered with from here on; goes to all who look on, too.
  void tell(const control::Message& facts) noexcept;
  [[nodiscard]] bool has(std::size_t id) const noexcept;
  /// Nobody is let in any more, and all hear that the job is over.
  void close() noexcept;

 private:
  struct Visitor {
    std::size_t id;
    UniqueFd connection;
    std::optional<Seats> seats;
    bool seated = false;
  };

  void let_in();
  void listen_to(Visitor& visitor);
  void take(Visitor& visitor, const control::Message& message);
  void attach(Visitor& visitor, const std::string& edges);
  void advance(Visitor& visitor);
  void see_off(Visitor& visitor) noexcept;

  GuestDesk& desk_;
  std::optional<SessionSocket> socket_;
  std::vector<Visitor> visitors_;
  control::Message facts_{"facts", {}, {}};
};

}  // namespace latham::supervisor
