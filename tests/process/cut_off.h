// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/process/clips.h"
#include "tests/process/place.h"
#include "tests/process/run.h"

/// What tests share that cut a resumable job off and go on with it.
namespace latham::test {

/// Five segments.
inline Words resumable_job(const std::string& program, const std::string& output) {
  return Words{program, "transcode", "-nostats", "-i", clip("tiny")} +
         words("-c:v mpeg4 -bf 1 -q:v 5 --resumable --segment-seconds 0.2") + Words{output};
}

inline const std::string& quiet_resumable_file() {
  static const std::string file =
      undisturbed_file([](const std::string& to) { return resumable_job(latham_program(), to); });
  return file;
}

/// The same command goes on to the file of a quiet run, "out.mp4".
inline void expect_goes_on(const Place& place) {
  const bool had_its_name = std::filesystem::exists(place.file("out.mp4"));
  Program again(resumable_job(latham_program(), place.file("out.mp4")), place.settings());
  const Ended end = again.wait();
  // Dead in the very end it is finished, and its name is taken.
  constexpr int kOutput = 4;
  EXPECT_TRUE(end.code == 0 || (had_its_name && end.code == kOutput)) << end.err;
  EXPECT_TRUE(read_file(place.file("out.mp4")) == quiet_resumable_file()) << end.err;
  // A record is there only once its packets are.
  EXPECT_EQ(end.err.find("is damaged"), std::string::npos) << end.err;
  // The dead one's place among the sessions is cleared away by the next session, if there is one.
  const std::string left = place.leftovers();
  EXPECT_TRUE(left == "out.mp4 " || left == "out.mp4 run/latham ") << left << end.err;
}

}  // namespace latham::test
