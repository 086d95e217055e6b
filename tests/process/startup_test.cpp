// SPDX-License-Identifier: MIT
// What is loaded when a job begins, and by whom.
#include <gtest/gtest.h>

#include "tests/process/place.h"
#include "tests/process/run.h"

namespace latham::test {
namespace {

TEST(Startup, DecoderAndEncoderDoNotBringFiltersAndDevices) {
  for (const char* stage : {"-decoder", "-encoder"}) {
    const Ended ended = run({"ldd", latham_program() + stage});
    ASSERT_EQ(ended.code, 0) << ended.err;
    EXPECT_NE(ended.out.find("libavformat"), std::string::npos) << ended.out;
    for (const char* library : {"libavfilter", "libavdevice"})
      EXPECT_EQ(ended.out.find(library), std::string::npos) << stage << " brings " << library;
  }
}

TEST(Startup, SpareFilterThatIsNotNeededLeavesWithTheJob) {
  const Place place;
  Program job(transcode(words("-f lavfi -i sine=d=0.2 -vf hflip") + Words{place.file("out.wav")}),
              place.settings());
  const Ended ended = job.wait();
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_TRUE(job.until_alone());
  EXPECT_EQ(place.leftovers(), "out.wav ");
}

}  // namespace
}  // namespace latham::test
