// SPDX-License-Identifier: MIT
// What is loaded when a job begins, and by whom.
#include <gtest/gtest.h>

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

}  // namespace
}  // namespace latham::test
