// SPDX-License-Identifier: MIT
// Bytes of a hostile sender on the frame pipe.
#include <gtest/gtest.h>
#include <unistd.h>

#include <functional>
#include <limits>

#include "tests/unit/transport/ends.h"
#include "transport/frame_header.h"

namespace latham::transport {
namespace {

struct Lie {
  const char* name;
  std::function<void(FrameHeader&)> tell;
};

/// One plane of 64 x 4 bytes, as an honest sender would announce it.
FrameHeader honest() {
  FrameHeader header{};
  header.magic = kFrameMagic;
  header.kind = kKindFrame;
  header.number = 1;
  header.plane_count = 1;
  header.plane[0] = {64, 4, 64};
  return header;
}

Status status_after(const FrameHeader& header) {
  auto [read_end, write_end] = latham::test::make_pipe();
  EXPECT_EQ(::write(write_end.get(), &header, sizeof(header)),
            static_cast<ssize_t>(sizeof(header)));
  const std::vector<std::byte> pixels(256);
  EXPECT_EQ(::write(write_end.get(), pixels.data(), pixels.size()), 256);
  write_end.reset();
  ringbuf::OwnBell bell(ringbuf::create_bell());
  PipeReceiver receiver(std::move(read_end), bell);
  while (!receiver.ready()) bell.wait([&] { return receiver.ready(); });
  IncomingFrame frame;
  return receiver.receive(frame);
}

TEST(HostilePipe, HonestHeaderIsTaken) {
  EXPECT_EQ(status_after(honest()), Status::ok);
}

class HostilePipeHeader : public testing::TestWithParam<Lie> {};

TEST_P(HostilePipeHeader, IsRefused) {
  FrameHeader header = honest();
  GetParam().tell(header);
  EXPECT_EQ(status_after(header), Status::corrupt);
}

constexpr std::uint64_t kHuge = std::numeric_limits<std::uint64_t>::max();

INSTANTIATE_TEST_SUITE_P(
    Pipe, HostilePipeHeader,
    testing::Values(Lie{"WrongMagic", [](FrameHeader& h) { ++h.magic; }},
                    Lie{"NumberSkipped", [](FrameHeader& h) { h.number = 2; }},
                    Lie{"NumberZero", [](FrameHeader& h) { h.number = 0; }},
                    Lie{"TooManyPlanes", [](FrameHeader& h) { h.plane_count = kMaxPlanes + 1; }},
                    Lie{"TooMuchMeta", [](FrameHeader& h) { h.meta_bytes = kMaxMetaBytes + 1; }},
                    Lie{"NoRows", [](FrameHeader& h) { h.plane[0].rows = 0; }},
                    Lie{"StrideShorterThanItsRow", [](FrameHeader& h) { h.plane[0].stride = 63; }},
                    Lie{"HugeStride", [](FrameHeader& h) { h.plane[0].stride = kHuge; }},
                    Lie{"ManyRowsOfManyBytes",
                        [](FrameHeader& h) {
                          h.plane[0] = {kMaxFrameBytes, ~0U, 64};
                        }},
                    Lie{"PlanesTooLargeTogether",
                        [](FrameHeader& h) {
                          h.plane_count = 2;
                          h.plane[0] = {1 << 20, 700, 64};
                          h.plane[1] = {1 << 20, 700, 64};
                        }},
                    Lie{"EndOfMoreFramesThanCame",
                        [](FrameHeader& h) {
                          h.kind = kKindEnd;
                          h.number = 5;
                        }}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace latham::transport
