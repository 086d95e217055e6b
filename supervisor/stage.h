// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "control/commands.h"
#include "control/line_reader.h"
#include "control/message.h"
#include "supervisor/failure.h"
#include "supervisor/pipeline.h"
#include "supervisor/stage_process.h"
#include "system/unique_fd.h"

namespace latham::supervisor {

using Clock = std::chrono::steady_clock;

/// A stage's own account of why it failed.
struct StageError {
  ExitCode code = ExitCode::failed;
  bool because_of_neighbour = false;  ///< It failed only because another stage did.
  std::string text;
  std::size_t order = 0;  ///< Which error of the job it was, in order of arrival.
};

/// One running stage as the supervisor sees it: the process, our ends of its channels, and what it
/// said so far. Not movable; lives where it was made.
class Stage {
 public:
  /// Starts the program `folder`/latham-NAME. `own_fds` become its descriptors from 6 on. Throws Failure
  /// when it cannot be started.
  Stage(const StagePlan& plan, const std::string& folder, std::span<const int> own_fds);
  /// A spare of that kind, whose process is loaded while it waits for assign(). Throws as the other.
  static std::unique_ptr<Stage> spare(std::string_view kind, const std::string& folder);
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  /// Once, and to a spare only: it begins as a stage of this plan that was just started.
  void assign(const StagePlan& plan);

  /// The plan's: "decoder", "encoder 1".
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  /// Its program, without the "latham-".
  [[nodiscard]] const std::string& kind() const noexcept { return kind_; }
  /// "decoder (pid 4711)"
  [[nodiscard]] std::string name_with_pid() const;

  /// Sends one word. Never blocks: what the pipe does not take now is sent from hear(), and a
  /// stage that is gone is dealt with by its pidfd.
  void command(control::Command what);
  /// A command that carries fields. Takes the place of one with the same word that could not be sent
  /// yet.
  void tell(const control::Message& message);
  /// Sends memory over the link socket; the stage owes one `linked` more.
  void link(const control::Message& message, std::span<const int> fds);

  /// Gives `take` the lines of the status pipe that are already there, but of one that lives no more than some: who
  /// writes without end must not keep us from the others. A line that cannot be read comes as a `warning`. To be called
  /// in each round.
  template <class Take>
  void hear(const Take& take) {
    for (int lines = 0; lines < kLinesARound || has_ended(); ++lines) {
      const auto line = next_status();
      if (!line) return;
      take(*line);
    }
  }

  /// Takes in a line with a word that all stages say: ready, linked, started, progress, done, error. False for any
  /// other, which is the caller's. `errors`: of the job so far, counted on.
  bool take(const control::Message& line, std::size_t& errors);

  /// A number from the last progress or done line.
  [[nodiscard]] std::optional<std::int64_t> count(const std::string& key) const {
    return counts.number(key);
  }
  /// Whether we wait for the stage to get on with something.
  [[nodiscard]] bool is_busy() const noexcept;
  /// As if it had got on just now: so far it had no reason to.
  void begin_anew() noexcept { last_change = last_work = Clock::now(); }
  /// As if so much of the time up to now had not passed.
  void forget(Clock::duration time) noexcept;
  /// A successor that makes once more what its predecessors have given, and passes it over.
  [[nodiscard]] bool is_catching_up() const { return !done && count("behind").value_or(0) > 0; }
  [[nodiscard]] bool has_ended() const noexcept { return process.end().has_value(); }

  StageProcess process;
  control::Message ready_line;            ///< Empty word until it is ready.
  control::Message counts;                ///< The last progress or done line.
  std::vector<control::Message> streams;  ///< Its `stream` lines.
  std::vector<control::Message> wants;    ///< Its `wants` lines.
  bool start_sent = false;
  bool started = false;
  bool done = false;
  bool remembers = false;  ///< A filter whose successor could not go on in the middle any more.
  bool full = false;  ///< An encoder that has all it needs, and takes more for the sake of others.
  int links_owed = 0;
  control::Message linked;  ///< Its last answer to a link message.
  bool timed_out = false;
  bool stop_sent = false;
  bool abort_sent = false;
  std::optional<StageError> error;
  Clock::time_point last_change;  ///< When it last said something new, be it that time passes.
  Clock::time_point last_work;    ///< When it last said that it got on with something.
  std::function<void()> ring;     ///< Rings its doorbell; empty without shared memory.

  [[nodiscard]] int status_fd() const noexcept { return status_end_ ? -1 : status_.get(); }

 private:
  static constexpr int kLinesARound = 256;

  [[nodiscard]] std::optional<control::Message> next_status();
  void send_unsent() noexcept;

  std::string kind_;
  std::string name_;
  UniqueFd command_line_;  ///< Of a spare.
  UniqueFd control_;
  UniqueFd link_;
  UniqueFd status_;
  control::LineReader reader_{-1};
  bool status_end_ = false;
  std::vector<control::Message> unsent_;
};

}  // namespace latham::supervisor
