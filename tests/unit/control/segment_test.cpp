// SPDX-License-Identifier: MIT
#include "control/segment.h"

#include <gtest/gtest.h>

namespace latham::control {
namespace {

const Segment kSegment{2, 31, 4096, 1234, 50, "0123456789abcdef"};

TEST(Segment, GoesThroughALineAndBack) {
  const std::string line = format(segment_message(kSegment));
  const auto message = parse(line.substr(0, line.size() - 1));
  ASSERT_TRUE(message);
  EXPECT_EQ(segment_from(*message), kSegment);
}

TEST(Segment, IsNoneWithoutOneOfItsFields) {
  for (const auto& [name, value] : segment_message(kSegment).fields) {
    Message message = segment_message(kSegment);
    message.fields.erase(name);
    EXPECT_FALSE(segment_from(message)) << name;
  }
}

TEST(Segment, IsNoneWithNumbersThatCannotBe) {
  for (const char* value : {"-1", "x", "", "2305843009213693952", "99999999999999999999"})
    for (const char* name : {"stream", "number", "offset", "bytes", "packets"}) {
      Message message = segment_message(kSegment);
      message.fields[name] = value;
      EXPECT_FALSE(segment_from(message)) << name << "=" << value;
    }
}

TEST(Segment, IsNoneWithAHashThatIsNone) {
  for (const char* hash : {"", "0123456789abcde", "0123456789ABCDEF", "../../../../../etc"}) {
    Message message = segment_message(kSegment);
    message.fields["hash"] = hash;
    EXPECT_FALSE(segment_from(message)) << hash;
  }
}

}  // namespace
}  // namespace latham::control
