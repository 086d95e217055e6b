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
#include "supervisor/visitors.h"

namespace latham::supervisor {

/// Those who only look on: latest consumers that come and go while the job runs; stages of our own
/// here, other processes of the same user in Visitors. Nothing that one of them does, its death or
/// its refusal to start included, is more than a warning: no call here throws, and none but close()
/// waits.
class Guests {
 public:
  explicit Guests(Report& report) : report_(report), visitors_(desk_) {}
  Guests(const Guests&) = delete;
  Guests& operator=(const Guests&) = delete;
  ~Guests() { close(); }

  /// Starts one; it takes its seats at these edges when it is ready and the edges are open.
  void start(const StagePlan& plan, const std::string& folder,
             std::vector<std::uint32_t> edges) noexcept;
  /// The edges can be joined from here on, from outside too. Their producers must outlive this
  /// object.
  void open(Edges edges) noexcept;

  [[nodiscard]] Edges& edges() noexcept { return desk_.edges; }

  /// What the supervisor's loop polls for them.
  void add_polled(std::vector<pollfd>& polled) const;
  /// Deals with what they said and with their ends.
  void serve() noexcept;

  /// How the job stands, for all who look on.
  void tell(const control::Message& facts) noexcept;

  /// Of our own.
  [[nodiscard]] bool any() const noexcept { return !guests_.empty(); }
  /// Nobody is still on the way in.
  [[nodiscard]] bool all_seated() const noexcept;
  [[nodiscard]] bool has(std::size_t id) const noexcept;

  [[nodiscard]] std::vector<GuestRequest> take_requests() {
    return std::exchange(desk_.requests, {});
  }

  /// The job is over: from here on a guest's end is nobody's loss.
  void set_over() noexcept;
  /// Shows them out: asks, waits half a second, kills.
  void close() noexcept;

 private:
  struct Guest {
    std::size_t id;
    std::vector<std::uint32_t> edges;
    std::unique_ptr<Stage> stage;
    std::optional<Seats> seats;
    bool handed_over = false;
    bool seated = false;
  };

  void take_line(Guest& guest, const control::Message& line);
  void advance(Guest& guest);
  void see_off(Guest& guest);
  void warn(const std::string& text);

  Report& report_;
  GuestDesk desk_;
  Visitors visitors_;
  std::vector<Guest> guests_;
  bool over_ = false;
};

}  // namespace latham::supervisor
