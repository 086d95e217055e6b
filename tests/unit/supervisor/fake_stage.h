// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "tests/unit/supervisor/temp_dir.h"

namespace latham::test {

/// A folder of stages that are this test program in disguise: they speak the status protocol and
/// follow a script, so that the supervisor can be tested without FFmpeg. A script is words, taken
/// one after the other; then the stage leaves with 0:
///
///     ready            says `ready` as a stage of its name would
///     say:LINE         says that line; '~' stands for a space
///     link             answers link messages until `start`, and answers that
///     write:TEXT       writes to the output that it was given
///     stop             waits for `stop`, and answers it
///     await:WORD       waits for that command
///     obey             waits for `abort` and leaves as it must
///     talk             says for ever that it is there and has counted five frames
///     work:N           counts N frames, one each 50 ms; talk:N says N times that it is there meanwhile
///     hang             does nothing for ever, whatever it is told
///     sleep:MS  exit:CODE  die:SIGNAL
///     die_first:SIGNAL  dies in its first life, goes on in the next
///     hang_later       does nothing for ever in its later lives
///     warn:N           says N lines at once
class FakeStages {
 public:
  /// Makes or replaces the program of that stage.
  void script(const std::string& name, const std::string& words) const;
  [[nodiscard]] const std::string& folder() const noexcept { return dir_.path(); }
  /// The arguments that a stage was started with, one a line.
  [[nodiscard]] std::string arguments(const std::string& name) const {
    return read_file(dir_.file(name + ".args"));
  }

 private:
  TempDir dir_;
};

}  // namespace latham::test
