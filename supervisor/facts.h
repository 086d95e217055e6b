// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "control/message.h"
#include "supervisor/stage.h"

namespace latham::supervisor {

/// How the job stands, as far as only its watch knows.
struct JobState {
  const char* state = "starting";  ///< starting, running, paused, finishing, ended.
  double age_s = 0;                ///< Since its first frame.
  std::optional<std::int64_t> duration_us;
};

/// Makes the `facts` message for those who look on: docs/process-model.md, section 7. Rates are of
/// the last second or so.
class Facts {
 public:
  /// `input` and `output` as the user named them.
  Facts(const std::string& input, const std::string& output);
  /// The edges that can be joined, by number and producer; and those of them that a window shows.
  void set_edges(const std::vector<std::pair<std::uint32_t, std::string>>& edges,
                 const std::vector<std::uint32_t>& shown);

  [[nodiscard]] bool is_due() const { return Clock::now() >= next_; }
  /// From the stages' last counts, in the direction of the data.
  [[nodiscard]] control::Message message(std::span<const std::unique_ptr<Stage>> stages,
                                         const JobState& state);

 private:
  void measure(std::span<const std::unique_ptr<Stage>> stages, Clock::time_point now);

  std::string input_;
  std::string output_;
  std::string edges_;
  std::string shown_;
  Clock::time_point next_{};
  Clock::time_point measured_{};
  std::map<const Stage*, std::int64_t> cpu_ms_;
  std::int64_t frames_ = 0;
  std::optional<double> fps_;
  std::string load_;
};

}  // namespace latham::supervisor
