// SPDX-License-Identifier: MIT
#include "supervisor/view_options.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/unit/supervisor/expect_failure.h"

namespace latham::supervisor {
namespace {

using Words = std::vector<std::string>;

TEST(ViewOptions, NumberIsASessionAndAnythingElseAFile) {
  EXPECT_EQ(parse_view(Words{"4711"}).session, 4711);
  EXPECT_EQ(parse_view(Words{"./4711"}).file, "./4711");
  EXPECT_FALSE(parse_view({}).session);
}

TEST(ViewOptions, OptionsOfAFileAreTaken) {
  const ViewOptions options =
      parse_view(Words{"-ss", "1:30", "--loop", "-an", "-f", "lavfi", "-v", "error", "x"});
  EXPECT_EQ(options.start, "1:30");
  EXPECT_TRUE(options.loop);
  EXPECT_TRUE(options.no_audio);
  EXPECT_EQ(options.input_format, "lavfi");
  EXPECT_EQ(options.loglevel, 16);
  EXPECT_EQ(options.file, "x");
}

TEST(ViewOptions, MistakesSayWhatToWrite) {
  constexpr int kUsage = 2;
  EXPECT_REFUSED((void)parse_view(Words{"--lop"}), kUsage,
                 "view: unknown option --lop; did you mean --loop?");
  EXPECT_REFUSED((void)parse_view(Words{"-ss"}), kUsage, "view: -ss needs a value");
  EXPECT_REFUSED((void)parse_view(Words{"a", "b"}), kUsage,
                 "view: one session or file at a time, but also got 'b'");
}

}  // namespace
}  // namespace latham::supervisor
