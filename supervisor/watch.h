// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "supervisor/facts.h"
#include "supervisor/guests.h"
#include "supervisor/pipeline.h"
#include "supervisor/progress_feed.h"
#include "supervisor/report.h"
#include "supervisor/root_cause.h"
#include "supervisor/signals.h"
#include "supervisor/stage.h"
#include "supervisor/verdict.h"

namespace latham::supervisor {

struct WatchTerms {
  double stage_timeout_s = 0;  ///< 0: never.
  /// The only encoder may be done before its inputs are, so the stages before it need not come to their end.
  bool limited = false;
  std::string input;  ///< These two for messages.
  std::string output;
  /// Nothing is written: the last stage is a window. A signal closes it, and it sends the decoder to
  /// other places.
  bool plays = false;
  /// Nothing is written: what another job wrote is read back. A signal gives it up, there is nothing to finish.
  bool reads_back = false;
};

/// See Watch::set_replace().
struct SuccessorDied {
  Failure crash;
  explicit SuccessorDied(Failure why) : crash(std::move(why)) {}
};

/// See Watch::set_replace().
struct NothingLeftToDo {};

/// All stages of one job and the one loop that watches them: status lines, deaths, signals. It
/// never hangs: when a stage fails the others are told to `abort`, are killed half a second later,
/// and are reaped; then the root cause is thrown as a Failure. The same happens to what is left
/// when the watch is destroyed.
class Watch {
 public:
  Watch(SignalWatch& signals, Report& report, ProgressFeed& progress, WatchTerms terms);
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  ~Watch();

  /// Starts a stage; `place` is its index in the direction of the data. References to stages stay
  /// valid.
  Stage& start(const StagePlan& plan, const std::string& folder, std::span<const int> own_fds,
               std::size_t place);
  /// Takes in one that was started before.
  Stage& add(std::unique_ptr<Stage> stage, std::size_t place);
  [[nodiscard]] Stage& stage(std::size_t index) { return *stages_[index]; }

  /// Asked about a stage, by its index, that has crashed while frames flow: whether another one has taken its
  /// place (see replace()), so that the job goes on. A successor that crashes meanwhile is thrown as
  /// SuccessorDied from the pump() in there, and NothingLeftToDo where the encoders have meanwhile all that they want.
  using Replace = std::function<bool(std::size_t stage, const Failure& crash)>;
  void set_replace(Replace replace) { replace_ = std::move(replace); }
  /// Told of each segment that an encoder has closed, until the job is to end early: how the last ones are
  /// then cut is an accident.
  using KeepSegment = std::function<void(const Stage& encoder, const control::Message& segment)>;
  void set_keep_segment(KeepSegment keep) { keep_segment_ = std::move(keep); }
  /// Starts the same program again where a stage died; the dead one is forgotten.
  Stage& replace(std::size_t index, const StagePlan& plan, const std::string& folder,
                 std::span<const int> own_fds);

  /// What is on disk if the job fails now: "no file was written".
  void set_remains(std::string remains) { remains_ = std::move(remains); }

  /// WatchTerms::limited, which the encoder knows once it is ready.
  void set_limited(bool limited) { terms_.limited = limited; }
  [[nodiscard]] bool limited() const noexcept { return terms_.limited; }
  void set_duration(std::optional<std::int64_t> us) { duration_us_ = us; }

  /// One round: waits for events, but not longer than `longest`, and deals with them.
  void pump(std::chrono::milliseconds longest);

  /// Rounds until the condition holds.
  template <class Condition>
  void until(Condition&& holds) {
    while (!holds()) pump(kRound);
  }

  /// Those who only look on; nothing that they do ends the job.
  [[nodiscard]] Guests& guests() noexcept { return guests_; }
  /// Lets guests in at these edges, from outside too; `shown`: see edges_to_show().
  void open(Edges edges, const std::vector<std::uint32_t>& shown);
  /// Rounds until all guests are seated, so that they see the first frame; but not for long.
  void await_guests();
  /// After the job: rounds until the last guest has left or a signal comes.
  void keep_guests();

  /// Lets a stage that has its ends begin; returns once it has.
  void start_frames(Stage& stage) {
    stage.command(control::Command::start);
    until([&] { return stage.started; });
    // Of a successor: the job holds still.
    if (paused_by_ != 0 && stage.kind() == "decoder") stage.command(control::Command::pause);
  }
  /// Frames flow from here on: Ctrl-C now means "finish the file".
  void begin();
  /// Rounds until every stage has ended well.
  void run();

  /// The signal that made the decoder stop early, or 0.
  [[nodiscard]] int interrupted() const noexcept { return interrupted_; }
  /// From begin() to the encoder's `done`, or to now.
  [[nodiscard]] double elapsed_s() const;
  [[nodiscard]] std::vector<StageCounts> counts() const;

 private:
  static constexpr std::chrono::milliseconds kRound{100};
  static constexpr std::chrono::milliseconds kAbortTime{500};  ///< From `abort` to SIGKILL.

  void wait_for_events(std::chrono::milliseconds longest);
  void take_line(Stage& stage, const control::Message& line);
  void take_signals();
  void interrupt(int signal);
  void finish_early(const std::string& why, const std::string& hint);
  void take_requests();
  void pause(std::size_t guest);
  void resume();
  void pass_on(const control::Message& request);
  void check_progress();
  void tend_finished();
  void tell_sharers(const Stage& lacking, const control::Message& line);
  /// Encoders that share a decoder go on for each other until all are full; then it may stop.
  void release_sources();
  void release_upstream(Clock::time_point now);
  void show_progress();
  void tell_guests();
  void tell_decoders(control::Command what);
  [[nodiscard]] bool all_ended() const;
  [[nodiscard]] bool is_sink(const Stage& stage) const;
  [[nodiscard]] bool sinks_done() const;
  [[nodiscard]] Clock::time_point last_done() const;
  [[nodiscard]] bool is_excused(const Stage& stage) const;
  [[nodiscard]] std::vector<Symptom> symptoms() const;
  void deal_with_trouble();
  [[nodiscard]] bool replaced(std::span<const Symptom> found);
  [[noreturn]] void fail();
  void tear_down() noexcept;

  SignalWatch& signals_;
  Report& report_;
  ProgressFeed& progress_;
  WatchTerms terms_;
  std::vector<std::unique_ptr<Stage>> stages_;
  Guests guests_;              ///< After stages_: they know their edges' producers.
  std::size_t paused_by_ = 0;  ///< The guest at whose wish the job holds still; 0: it does not.
  std::string remains_ = "no file was written";
  std::optional<std::int64_t> duration_us_;
  Facts facts_;
  Replace replace_;
  KeepSegment keep_segment_;
  /// The stage whose successor is being joined, and what the dead one died of.
  struct Replacement {
    std::size_t stage;
    Failure crash;
  };
  std::optional<Replacement> replacing_;
  bool running_ = false;
  int interrupted_ = 0;
  Clock::time_point interrupted_at_{};
  Clock::time_point began_ = Clock::now();
  Clock::time_point checked_ = Clock::now();  ///< When check_progress() last looked.
  std::size_t errors_ = 0;
};

}  // namespace latham::supervisor
