// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include "control/commands.h"
#include "ringbuf/doorbell.h"
#include "stage/status_writer.h"
#include "system/unique_fd.h"
#include "transport/stop_event.h"

namespace latham::stage {

/// Listens on the control pipe on a thread of its own, so that `abort` and the supervisor's death
/// end the process at once, whatever the main thread is doing inside a codec. Commands are
/// acknowledged here; the main thread acts on them when it next looks.
/// Thread-safety: every method by any thread.
class Commands {
 public:
  /// `link_fd` is only watched, to tell the main thread that a message is there.
  Commands(int control_fd, int link_fd, StatusWriter& status);
  /// Starts the thread.
  void listen();
  ~Commands();
  Commands(const Commands&) = delete;
  Commands& operator=(const Commands&) = delete;

  /// The bell to poke at each piece of news; null before the stage has one.
  void set_bell(ringbuf::OwnBell* bell);

  [[nodiscard]] bool started() const;
  [[nodiscard]] bool paused() const;  ///< And not stopped: a stop ends a pause.
  [[nodiscard]] bool stopping() const;
  /// Comes with stopping(), for who waits for a descriptor.
  [[nodiscard]] const transport::StopEvent& stop_event() const noexcept { return stop_event_; }
  /// Until it is called with false, a stop is not told.
  void postpone_stop(bool postponed);
  /// The newest message of a command that carries fields (seek, facts, ahead), once: an older one that
  /// was not taken yet no longer counts.
  [[nodiscard]] std::optional<control::Message> take(control::Command command);
  [[nodiscard]] bool has(control::Command command) const;
  [[nodiscard]] bool link_pending() const;
  /// The main thread has taken what was on the link socket.
  void link_served();
  /// Blocks until start or a link message; the stage's only wait before it has a bell.
  void wait_for_setup();

 private:
  void run() noexcept;
  void obey(const std::string& line);
  /// What the command is answered with; empty for none.
  const char* note(control::Command command, const control::Message& message);

  int control_fd_;
  int link_fd_;
  StatusWriter& status_;
  UniqueFd wake_;
  mutable std::mutex mutex_;
  UniqueFd setup_;
  ringbuf::OwnBell* bell_ = nullptr;
  bool started_ = false;
  bool paused_ = false;
  bool stopping_ = false;
  bool postponed_ = false;
  transport::StopEvent stop_event_;
  bool link_pending_ = false;
  bool quit_ = false;
  std::map<control::Command, control::Message> newest_;
  std::thread thread_;
};

}  // namespace latham::stage
