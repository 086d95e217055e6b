// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "bench/child_process.h"
#include "bench/side.h"
#include "system/unique_fd.h"

/// A side in a process of its own: this program, run again as `latham-bench side ROLE PLAN FD...`.
namespace latham::bench {

/// It says "ready" once it has its ends, waits for the gate, and says one line of JSON at its end.
/// Killed on destruction.
class SideProcess {
 public:
  /// `role`: producer, consumer, or both for two threads. `gate`: the side begins once the other end
  /// of this pipe is closed. `wrapper`: words before the program, such as a tracer.
  SideProcess(std::string role, const SidePlan& plan, const std::vector<UniqueFd>& fds, int gate,
              std::vector<std::string> wrapper = {});
  SideProcess(const SideProcess&) = delete;
  SideProcess& operator=(const SideProcess&) = delete;

  [[nodiscard]] int fd() const noexcept { return report_.get(); }
  [[nodiscard]] bool is_ready() const;
  [[nodiscard]] bool has_ended() const { return ended_; }
  /// Takes what it says; call when fd() is readable. Throws what it complained of.
  void read();
  /// Of "producer" or "consumer", once it has ended.
  [[nodiscard]] SideResult result(const char* key) const;

 private:
  UniqueFd make_report();
  ChildProcess start(const SidePlan& plan, const std::vector<UniqueFd>& fds, int gate,
                     std::vector<std::string> wrapper);

  std::string role_;
  UniqueFd write_;
  UniqueFd report_;
  ChildProcess child_;
  std::string text_;
  nlohmann::json json_;
  bool ended_ = false;
};

/// Listens to the sides until all are ready, or have ended. Of several complaints the first side's
/// counts. Throws it, or after `limit` that nothing comes any more.
void listen(const std::vector<SideProcess*>& sides, std::chrono::seconds limit,
            bool (SideProcess::*is_done)() const);

/// What such a process does. Returns its exit code.
[[nodiscard]] int run_side(std::span<const std::string> args);

}  // namespace latham::bench
