// SPDX-License-Identifier: MIT
#pragma once

#include <poll.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "supervisor/edges.h"
#include "supervisor/report.h"
#include "supervisor/stage.h"

namespace latham::supervisor {

/// Stages that only look on: latest consumers that come and go while the job runs. Nothing that one
/// of them does, its death or its refusal to start included, is more than a warning: no call here
/// throws, and none but close() waits.
class Guests {
 public:
  explicit Guests(Report& report) : report_(report) {}
  Guests(const Guests&) = delete;
  Guests& operator=(const Guests&) = delete;
  ~Guests() { close(); }

  /// Starts one; it takes its seat at that edge when it is ready and the edges are open.
  void start(const StagePlan& plan, const std::string& folder, std::uint32_t edge) noexcept;
  /// The edges can be joined from here on. Their producers must outlive this object.
  void open(Edges edges) noexcept { edges_ = std::move(edges); }

  /// What the supervisor's loop polls for them.
  void add_polled(std::vector<pollfd>& polled) const;
  /// Deals with what they said and with their ends.
  void serve() noexcept;

  [[nodiscard]] bool any() const noexcept { return !guests_.empty(); }
  /// Nobody is still on the way in.
  [[nodiscard]] bool all_seated() const noexcept;
  [[nodiscard]] bool has(std::size_t id) const noexcept;

  /// What a guest asks of the job: `pause`, `resume` or `stop`.
  struct Request {
    std::size_t from;  ///< The guest's id, never used again.
    std::string what;
  };
  [[nodiscard]] std::vector<Request> take_requests() { return std::exchange(requests_, {}); }

  /// The job is over: from here on a guest's end is nobody's loss.
  void set_over() noexcept { over_ = true; }
  /// Shows them out: asks, waits half a second, kills.
  void close() noexcept;

 private:
  struct Guest {
    std::size_t id;
    std::uint32_t edge;
    std::unique_ptr<Stage> stage;
    std::optional<Seat> seat;
    bool handed_over = false;
    bool seated = false;
  };

  void read_status(Guest& guest);
  void take_line(Guest& guest, const control::Message& line);
  void advance(Guest& guest);
  void see_off(Guest& guest);
  void warn(const std::string& text);

  Report& report_;
  Edges edges_;
  std::vector<Guest> guests_;
  std::vector<Request> requests_;
  std::size_t next_id_ = 1;
  bool over_ = false;
};

}  // namespace latham::supervisor
