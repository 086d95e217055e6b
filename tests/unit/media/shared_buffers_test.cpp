// SPDX-License-Identifier: MIT
#include "media/shared_buffers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

extern "C" {
#include <libavutil/buffer.h>
#include <libavutil/frame.h>
}

#include "media/filter_graph.h"
#include "tests/unit/media/test_frames.h"

namespace latham::test {
namespace {

constexpr std::uint64_t kRoomBytes = 1 << 20;

/// Lends rooms filled with junk, and knows which of them are still in use.
class Landlord final : public transport::FrameSender {
 public:
  std::shared_ptr<transport::Room> try_room(std::uint64_t bytes) noexcept override {
    if (full || bytes > kRoomBytes) return nullptr;
    auto memory = std::make_unique<std::vector<std::byte>>(kRoomBytes, std::byte{0xAA});
    auto room = std::make_shared<transport::Room>(memory->data(), bytes);
    lent.push_back(room);
    rooms.push_back(std::move(memory));
    return room;
  }
  bool ready() noexcept override { return true; }
  transport::Status send(const transport::OutgoingFrame&) noexcept override {
    return transport::Status::ok;
  }
  void end() noexcept override {}
  bool drained() noexcept override { return true; }
  transport::CopyCount copied() const noexcept override { return {}; }
  std::uint64_t sent() const noexcept override { return 0; }

  /// Which room holds this address, or -1.
  [[nodiscard]] int room_of(const void* address) const {
    for (std::size_t i = 0; i < rooms.size(); ++i) {
      const auto* first = rooms[i]->data();
      if (address >= first && address < first + kRoomBytes) return static_cast<int>(i);
    }
    return -1;
  }
  [[nodiscard]] std::ptrdiff_t in_use() const {
    return std::count_if(lent.begin(), lent.end(),
                         [](const auto& room) { return !room.expired(); });
  }

  bool full = false;
  std::vector<std::unique_ptr<std::vector<std::byte>>> rooms;
  std::vector<std::weak_ptr<transport::Room>> lent;
};

/// The pools of a 4:2:0 picture, as FFmpeg makes them.
struct Pools {
  std::array<AVBufferPool*, 3> pool{};
  Pools() {
    std::size_t bytes = 4096;
    for (AVBufferPool*& p : pool) {
      p = av_buffer_pool_init(bytes, av_buffer_allocz);
      bytes = 1024;
    }
  }
  ~Pools() {
    for (AVBufferPool*& p : pool) av_buffer_pool_uninit(&p);
  }
};

struct Planes {
  std::array<AVBufferRef*, 3> plane{};
  explicit Planes(Pools& pools) {
    for (std::size_t p = 0; p < 3; ++p) plane[p] = av_buffer_pool_get(pools.pool[p]);
  }
  ~Planes() {
    for (AVBufferRef*& p : plane) av_buffer_unref(&p);
  }
};

TEST(SharedBuffers, PlanesOfOnePictureLieInOneRoomWithoutOverlap) {
  Landlord landlord;
  const media::SharedBuffers buffers(landlord, 1);
  Pools pools;
  const Planes first(pools);
  const Planes second(pools);
  for (const Planes* picture : {&first, &second}) {
    const int room = landlord.room_of(picture->plane[0]->data);
    EXPECT_GE(room, 0);
    for (std::size_t p = 1; p < 3; ++p) {
      EXPECT_EQ(landlord.room_of(picture->plane[p]->data), room);
      EXPECT_GE(picture->plane[p]->data - picture->plane[p - 1]->data,
                static_cast<std::ptrdiff_t>(picture->plane[p - 1]->size + transport::kGuardBytes));
    }
  }
  EXPECT_NE(landlord.room_of(first.plane[0]->data), landlord.room_of(second.plane[0]->data));
}

TEST(SharedBuffers, BufferIsZeroedAlthoughTheRoomWasUsedBefore) {
  Landlord landlord;
  const media::SharedBuffers buffers(landlord, 1);
  Pools pools;
  const Planes picture(pools);
  ASSERT_EQ(landlord.rooms.size(), 1U);
  for (const AVBufferRef* plane : picture.plane)
    EXPECT_TRUE(std::all_of(plane->data, plane->data + plane->size, [](auto b) { return b == 0; }));
}

TEST(SharedBuffers, RoomIsGivenBackWithTheLastPlaneOfItsPool) {
  Landlord landlord;
  const media::SharedBuffers buffers(landlord, 1);
  auto pools = std::make_unique<Pools>();
  auto picture = std::make_unique<Planes>(*pools);
  EXPECT_EQ(landlord.in_use(), 1);
  pools.reset();  // FFmpeg frees a pool while its buffers are in use
  EXPECT_EQ(landlord.in_use(), 1);
  picture.reset();
  EXPECT_EQ(landlord.in_use(), 0);
}

TEST(SharedBuffers, WithoutARoomTheWholePictureIsPrivate) {
  Landlord landlord;
  const media::SharedBuffers buffers(landlord, 1);
  Pools pools;
  landlord.full = true;
  const Planes picture(pools);
  landlord.full = false;
  const Planes next(pools);
  for (std::size_t p = 0; p < 3; ++p) {
    EXPECT_EQ(landlord.room_of(picture.plane[p]->data), -1);
    EXPECT_EQ(landlord.room_of(next.plane[p]->data), 0);
  }
}

TEST(SharedBuffers, SmallBuffersArePrivate) {
  Landlord landlord;
  const media::SharedBuffers buffers(landlord, 5000);
  Pools pools;
  const Planes picture(pools);
  EXPECT_TRUE(landlord.rooms.empty());
}

TEST(SharedBuffers, PoolsOutliveTheObjectAndGoOnPrivately) {
  Landlord landlord;
  auto buffers = std::make_unique<media::SharedBuffers>(landlord, 1);
  Pools pools;
  const Planes shared(pools);
  buffers.reset();
  const Planes later(pools);
  EXPECT_EQ(landlord.room_of(later.plane[0]->data), -1);
  Pools new_pools;
  const Planes last(new_pools);
  EXPECT_EQ(landlord.rooms.size(), 1U);
}

TEST(SharedBuffers, PoolsKeepNoMoreThanTheirShareOfTheRooms) {
  Landlord landlord;
  const media::SharedBuffers buffers(landlord, 1);
  Pools pools;
  std::vector<std::unique_ptr<Planes>> pictures;
  for (int i = 0; i < 40; ++i) pictures.push_back(std::make_unique<Planes>(pools));
  EXPECT_EQ(landlord.in_use(), 32);
  EXPECT_EQ(landlord.room_of(pictures.back()->plane[0]->data), -1);
}

TEST(SharedBuffers, FilterWritesItsPictureIntoARoom) {
  Landlord landlord;
  const media::SharedBuffers buffers(landlord, 1);
  media::FilterRequest request;
  request.description = "hflip";
  media::FilterGraph graph(std::move(request));
  const media::Frame frame = make_picture(64, 48, AV_PIX_FMT_YUV420P);
  media::StreamNote note;
  note.time_base = note.source_time_base = {1, 25};
  note.frame_rate = {25, 1};
  int pictures = 0;
  graph.push(*frame, note, [&](AVFrame& out, const media::StreamNote&) {
    ++pictures;
    for (int p = 0; p < 3; ++p) EXPECT_EQ(landlord.room_of(out.data[p]), 0) << "plane " << p;
  });
  EXPECT_EQ(pictures, 1);
}

}  // namespace
}  // namespace latham::test
