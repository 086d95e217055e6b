// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "control/segment.h"
#include "supervisor/input_file.h"
#include "supervisor/output_file.h"
#include "supervisor/pipeline.h"
#include "supervisor/report.h"
#include "supervisor/resume_plan.h"
#include "supervisor/stage.h"
#include "supervisor/state_folder.h"

namespace latham::supervisor {

/// What --resumable keeps of one output, in OUTPUT.latham beside it: the plan, the packets of each stream of
/// pictures, and a record for each segment of them that is whole. docs/decisions/0025-resumable.md.
class Resumption {
 public:
  /// The job with its inputs, and which of its outputs this is.
  struct Place {
    const Job& job;
    std::size_t output;
    std::span<const OpenInput> inputs;
  };
  /// Throws Failure(usage) for a job that cannot be resumed.
  Resumption(const Place& place, const EncoderFacts& encoder, const std::string& libraries,
             Report& report);
  Resumption(const Resumption&) = delete;
  Resumption& operator=(const Resumption&) = delete;
  /// What was begun here and holds nothing yet goes; all else stays.
  ~Resumption();

  /// The file under the final name is the one that this job has made: only its state is still there.
  [[nodiscard]] bool is_finished() const noexcept { return finished_; }
  /// Begins, or goes on with what lies there; reads all of it, calling `while_waiting` now and then. Throws
  /// Failure(usage) where another job's state lies there.
  void begin(const EncoderFacts& encoder, const WhileWaiting& while_waiting);
  /// Where the output is written.
  [[nodiscard]] std::string part() const { return folder_.path() + "/output"; }

  /// Before the encoder's `start`: its spools.
  void hand_over(Stage& encoder) const;
  /// What the encoder says of a segment that it has closed; durable once this returns.
  void keep(const control::Message& line);

  /// The output is whole and about to get its name.
  void finish(int output) const;
  /// It has it. What cannot be removed is told and stays.
  void remove();

 private:
  /// A stream of pictures.
  struct Pictures {
    int stream;
    std::string name;
    UniqueFd packets;
    std::vector<control::Segment> segments;  ///< That are whole.
    std::int64_t end = 0;                    ///< Of the last of them in the file.
  };

  void read_segments(Pictures& pictures, const WhileWaiting& while_waiting);
  [[nodiscard]] std::optional<control::Segment> read_segment(const Pictures& pictures,
                                                             const std::string& name,
                                                             const WhileWaiting& while_waiting);

  std::string output_;  ///< As given.
  std::string final_;   ///< Its path.
  StateFolder folder_;
  ResumePlan plan_;
  Report& report_;
  std::vector<Pictures> pictures_;
  std::set<std::size_t> beside_;  ///< Inputs from which more than such pictures comes.
  bool finished_ = false;
  bool holds_nothing_ = false;  ///< New, and without a segment.
};

}  // namespace latham::supervisor
