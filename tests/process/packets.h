// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "tests/process/run.h"

namespace latham::test {

/// Streams, timestamps, sizes and a hash of every packet of a file, one line each; `map` chooses
/// streams as ffmpeg's -map does.
[[nodiscard]] std::string packets(const std::string& file, const std::string& map = "0");

/// Every line of ffmpeg's output but those that name its version.
[[nodiscard]] std::string without_versions(const std::string& text);

/// What there is to say where two lists of packets differ: how many, and the first pair.
[[nodiscard]] testing::AssertionResult same_packets(const std::string& ours,
                                                    const std::string& theirs);

/// One job for both programs; file names and transport are added to it.
struct Comparison {
  std::string input;
  Words before_input = {};
  Words options = {};
  Words ours = {};  ///< Of latham only: what makes it do as ffmpeg does.
  std::string extension = "mkv";
  std::string map = "0";
  bool steady = true;  ///< The encoder gives the same bytes each time, however busy the machine.
};

/// Runs latham over each transport and ffmpeg once, and compares all packets. An encoder that is
/// not steady gets another chance, both programs anew.
void expect_same_as_ffmpeg(const Comparison& job);

/// Runs latham over each transport and ffmpeg once with `job` (inputs and options of the output), and
/// compares the frames that come out, by hash, timestamp and size.
void expect_same_frames(const Words& job);

/// The number before "frames copied" in latham's summary, -1 where there is none.
[[nodiscard]] int frames_copied(const std::string& summary);

}  // namespace latham::test
