// SPDX-License-Identifier: MIT
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "supervisor/output_file.h"
#include "supervisor/pipeline.h"
#include "supervisor/resumption.h"

namespace latham::supervisor {

/// The outputs of a job on their way: what their encoders said of them, the files, and what --resumable keeps.
class Outputs {
 public:
  /// `job` must outlive this.
  explicit Outputs(const Job& job) : job_(job) {}

  /// In the order of the job.
  void add(EncoderFacts facts, Stage& encoder) {
    Way& way = ways_.emplace_back();
    way.facts = std::move(facts);
    way.encoder = &encoder;
  }
  /// Opens the files of encoders that want one. Throws Failure(output) where that fails, Failure(usage) where
  /// the job asks for what such an output cannot be.
  void open(std::span<const OpenInput> inputs, Report& report, const WhileWaiting& while_waiting);
  /// To each encoder what it needs of --resumable.
  void hand_over_spools() const;
  /// An encoder has closed a segment.
  void keep_segment(const Stage& encoder, const control::Message& line);

  [[nodiscard]] std::vector<int> fds() const;
  [[nodiscard]] const std::optional<OutputFile>& file(std::size_t output) const {
    return ways_[output].file;
  }
  /// What is on disk if the job fails now.
  [[nodiscard]] std::string remains() const;
  /// Only we know of what was written: it lies under another name, or is written over.
  [[nodiscard]] bool can_be_written_again() const;
  /// The user agreed that an existing file goes.
  [[nodiscard]] bool replace() const;

  /// Nothing is left to do: an earlier run died after the files had their names.
  [[nodiscard]] bool are_finished() const;
  /// Gives all their names; each is whole, so one that cannot get its name does not undo the others. `early`:
  /// they end before the job would have; what it keeps stays.
  void commit(bool early);
  /// With --resumable: what was kept for the case that the job is cut short.
  void remove_kept();

 private:
  /// One output.
  struct Way {
    EncoderFacts facts;
    Stage* encoder = nullptr;
    std::optional<Resumption> resumption;
    std::optional<OutputFile> file;  ///< It lies in the resumption's folder.
  };

  void open(const Output& output, Way& way, std::span<const OpenInput> inputs,
            const WhileWaiting& while_waiting);

  const Job& job_;
  std::deque<Way> ways_;
};

}  // namespace latham::supervisor
