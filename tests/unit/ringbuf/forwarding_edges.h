// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <utility>

#include "ringbuf/pool_end.h"
#include "tests/unit/ringbuf/edge.h"

namespace latham::ringbuf {

using Forward = LosslessConsumer::Forward;

inline constexpr Identity kDownstream{.session = 0x5e55, .edge = 2, .incarnation = 1};
inline constexpr PoolGeometry kGeometry{.slots = 16, .entries = 16, .slot_bytes = 16 << 10};

/// decoder edge -> a filter that touches nothing -> filter's edge.
class Forwarding : public testing::Test {
 protected:
  /// Shows a held upstream frame downstream, as a filter would: its hold is the entry's keep.
  Status forward(std::shared_ptr<HeldFrame> frame) {
    FrameLayout layout{.pool = {}, .plane_count = 1};
    layout.plane[0] = {0, test::kRowBytes, test::kRows, test::kRowBytes};
    auto keep = std::make_shared<std::pair<std::shared_ptr<HeldFrame>, SlotPin>>();
    const Forward answer = filter_in_.forward(frame->plane[0].data, test::kFrameBytes + kGuardBytes,
                                              layout.pool, layout.plane[0].offset, keep->second);
    if (answer != Forward::yes) return answer == Forward::later ? Status::full : Status::corrupt;
    SlotUse words;
    if (const Status status = down_.producer.try_acquire(0, words); status != Status::ok)
      return status;
    const std::uint64_t origin = frame->number;
    keep->first = std::move(frame);
    return down_.producer.publish(words, layout, {}, origin, std::move(keep));
  }
  std::shared_ptr<HeldFrame> take() {
    auto frame = std::make_shared<HeldFrame>();
    EXPECT_EQ(filter_in_.next(*frame), Status::ok);
    return frame;
  }
  /// One frame through the decoder and the filter.
  void pass() {
    ASSERT_EQ(up_.publish(), Status::ok);
    ASSERT_EQ(forward(take()), Status::ok);
  }

  std::optional<PoolEnd> down_end() { return end_of_dead_pool(reopen_read_only(down_.pool.get())); }

  test::Edge up_{kGeometry};
  test::Edge down_{kGeometry, kDownstream};
  LosslessConsumer filter_in_ = up_.lossless(6);
  SlotPin pin_;
};

}  // namespace latham::ringbuf
