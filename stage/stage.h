// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sandbox/sandbox.h"
#include "stage/commands.h"
#include "stage/status_writer.h"
#include "stage/wiring.h"

namespace latham::stage {

/// Descriptors that every stage is born with, beside 0 and 1 (/dev/null) and 2 (inherited).
inline constexpr int kControlFd = 3;
inline constexpr int kStatusFd = 4;
inline constexpr int kLinkFd = 5;
inline constexpr int kTableFd =
    6;  ///< Decoder only: where its stream table is written. Of a spare:
        ///< where its command line comes from (stage/command_line.h).
inline constexpr int kInputFd =
    7;  ///< Decoder only, and only for a file that the supervisor opened.

/// One stage process, as its own code sees it: report ready, be wired, then loop, calling serve()
/// once a round and wait() when there is nothing to do.
/// Thread-safety: the main thread.
class Stage {
 public:
  [[nodiscard]] StatusWriter& status() noexcept { return status_; }

  /// The input file, where the supervisor opened one for this stage.
  [[nodiscard]] UniqueFd take_input() noexcept { return std::move(input_); }
  [[nodiscard]] bool has_input() const noexcept { return static_cast<bool>(input_); }

  /// Puts the process into its sandbox, for good, and begins to listen to the supervisor. Once, after
  /// the options were read and before a byte of the input is.
  void confine(const sandbox::Access& access);

  /// Decoder: gives its stream table, once, before connect().
  void offer_table(std::span<const std::byte> table);
  /// Encoder: the stream tables of so many inputs, in their order, before connect(). Blocks until they have
  /// come. Bytes of another process: not yet checked.
  [[nodiscard]] std::vector<std::vector<std::byte>> take_tables(std::size_t inputs);

  /// Says `ready` and takes link messages until `start`.
  Wiring& connect(std::map<std::string, std::string> ready_fields);

  /// Where the numbers of `progress` lines come from; they are sent from serve() and wait().
  void report(std::function<Counters()> counters) { counters_ = std::move(counters); }

  /// Takes what the supervisor has sent: new neighbours, a pause (sleeps here until it ends).
  void serve();
  /// The supervisor wants the stream to end here; drain and finish.
  [[nodiscard]] bool stopping() const { return commands_.stopping(); }
  /// See class Commands.
  [[nodiscard]] const transport::StopEvent& stop_event() const { return commands_.stop_event(); }
  void postpone_stop(bool postponed) { commands_.postpone_stop(postponed); }
  /// See class Commands.
  [[nodiscard]] std::optional<control::Message> take(control::Command command) {
    return commands_.take(command);
  }
  [[nodiscard]] bool has(control::Command command) const { return commands_.has(command); }

  /// Sleeps until look() says true, a neighbour rings, a command comes or 100 ms pass. In the last case
  /// forwarded frames that we keep may be what the decoder waits for, while the filter drops all that follow: see
  /// docs/ring-protocol.md, section 8.
  template <class Look>
  void wait(Look&& look) {
    const auto before = std::chrono::steady_clock::now();
    wiring_.bell().wait([&] { return commands_.link_pending() || commands_.paused() || look(); });
    const auto slept = std::chrono::steady_clock::now() - before;
    if (slept >= ringbuf::kSleepBound) wiring_.make_way_upstream();
    waited_ += slept;
    send_progress();
  }
  /// A stage's own numbers and those that all have: times, and how full its edge is.
  [[nodiscard]] Counters with_common(Counters own) const;

 private:
  /// False where there was none.
  bool take_link_message();
  void await_setup();
  void sleep_through_pause();
  void send_progress();

  static UniqueFd inherited_input() noexcept;

  // Before anything here opens a descriptor, which could get the number that means the input.
  UniqueFd input_ = inherited_input();
  StatusWriter status_{kStatusFd};
  Wiring wiring_;
  std::function<Counters()> counters_;
  std::chrono::steady_clock::time_point began_{};  ///< Frames could flow.
  std::chrono::nanoseconds waited_{0};
  Commands commands_{kControlFd, kLinkFd, status_};
};

/// Runs `body` as the process: signals set, failures reported as one line. Returns the exit code:
/// 0 done, 1 failed (the supervisor's exit code follows from the error line).
int run(const char* name, int argc, char** argv, Counters (*body)(Stage&, int argc, char** argv));

}  // namespace latham::stage
