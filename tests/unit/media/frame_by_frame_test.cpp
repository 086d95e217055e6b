// SPDX-License-Identifier: MIT
#include "media/frame_by_frame.h"

#include <gtest/gtest.h>

namespace latham::media {
namespace {

TEST(FrameByFrame, PureFiltersAre) {
  for (const char* graph :
       {"null", "hflip", "scale=1280:-2", "crop=iw/2:ih,scale=640:360:flags=bicubic,setsar=1",
        "format=yuv420p|nv12", "transpose=1,pad=400:300:20:20:black", "eq=contrast=1.2"})
    EXPECT_TRUE(is_frame_by_frame(graph)) << graph;
}

TEST(FrameByFrame, MemoryCountsAndClocksAreNot) {
  for (const char* graph :
       {"fps=10", "tmix", "yadif", "select='not(mod(n,2))'", "setpts=N/25/TB", "reverse",
        "loop=3:5", "hflip,tblend=average", "split[a][b];[a][b]hstack", "noise=alls=10"})
    EXPECT_FALSE(is_frame_by_frame(graph)) << graph;
}

TEST(FrameByFrame, PureFilterWhoseOptionChangesInTimeIsNot) {
  for (const char* graph : {"crop=iw/2:ih:n:0", "scale=w='if(gt(t,1),320,640)':h=-2:eval=frame",
                            "hflip=enable='between(t,1,2)'"})
    EXPECT_FALSE(is_frame_by_frame(graph)) << graph;
}

TEST(FrameByFrame, GraphThatDoesNotParseIsNot) {
  EXPECT_FALSE(is_frame_by_frame("no_such_filter"));
  EXPECT_FALSE(is_frame_by_frame("hflip["));
}

}  // namespace
}  // namespace latham::media
