// SPDX-License-Identifier: MIT
#include "ringbuf/memory.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "ringbuf/doorbell.h"
#include "ringbuf/ring_words.h"
#include "tests/unit/ringbuf/edge.h"

namespace latham::ringbuf {
namespace {

using test::copy_of;
using test::kIdentity;
using test::kSmall;

/// A pool whose header was changed after it was made.
template <class Change>
UniqueFd changed_pool(Change&& change) {
  UniqueFd fd = create_pool(kIdentity, kSmall);
  PoolHeader header{};
  EXPECT_EQ(::pread(fd.get(), &header, sizeof(header), 0), static_cast<ssize_t>(sizeof(header)));
  change(header);
  EXPECT_EQ(::pwrite(fd.get(), &header, sizeof(header), 0), static_cast<ssize_t>(sizeof(header)));
  return fd;
}

void expect_refused(UniqueFd fd) {
  EXPECT_THROW(PoolMapping(std::move(fd), Access::read), std::runtime_error);
}

struct BadGeometry {
  const char* name;
  PoolGeometry geometry;
};

class PoolGeometryRefused : public testing::TestWithParam<BadGeometry> {};

TEST_P(PoolGeometryRefused, AtCreation) {
  EXPECT_THROW((void)create_pool(kIdentity, GetParam().geometry), std::runtime_error);
}

TEST_P(PoolGeometryRefused, InTheHeaderOfAPoolHandedOver) {
  const PoolGeometry& bad = GetParam().geometry;
  expect_refused(changed_pool([&](PoolHeader& h) {
    h.slots = bad.slots;
    h.entries = bad.entries;
    h.slot_bytes = bad.slot_bytes;
  }));
}

INSTANTIATE_TEST_SUITE_P(
    Memory, PoolGeometryRefused,
    testing::Values(BadGeometry{"NoSlots", {0, 4, 4096}}, BadGeometry{"OneSlot", {1, 4, 4096}},
                    BadGeometry{"MoreSlotsThanEntries", {5, 4, 4096}},
                    BadGeometry{"EntriesNoPowerOfTwo", {2, 6, 4096}},
                    BadGeometry{"NoEntries", {2, 0, 4096}},
                    BadGeometry{"TooManyEntries", {2, 512, 4096}},
                    BadGeometry{"NoBytes", {2, 4, 0}}, BadGeometry{"OddBytes", {2, 4, 5000}},
                    BadGeometry{"TooManyBytes", {2, 4, (std::uint64_t{1} << 40) + 4096}},
                    BadGeometry{"AllOnes", {~0U, ~0U, ~std::uint64_t{0}}}),
    [](const auto& test) { return test.param.name; });

TEST(Memory, PoolIsMappedWithTheGeometryAskedFor) {
  const PoolMapping pool(create_pool(kIdentity, kSmall), Access::read);
  EXPECT_TRUE(pool.header().identity == kIdentity);
  EXPECT_EQ(pool.header().slots, kSmall.slots);
  EXPECT_EQ(pool.header().entries, kSmall.entries);
  EXPECT_EQ(pool.header().slot_bytes, kSmall.slot_bytes);
  EXPECT_EQ(pool.header().pixels_at % 4096, 0U);
  EXPECT_EQ(pool.pixels(1) - pool.pixels(0), static_cast<std::ptrdiff_t>(kSmall.slot_bytes));
}

TEST(Memory, LargePoolCostsNoPagesUntilItIsTouched) {
  const UniqueFd fd = create_pool(kIdentity, {.slots = 64, .entries = 64});
  const PoolMapping pool(copy_of(fd.get()), Access::write);
  struct stat st {};
  ASSERT_EQ(::fstat(fd.get(), &st), 0);
  EXPECT_GE(st.st_size, off_t{64} * (256 << 20));
  EXPECT_LE(st.st_blocks * 512, 64 << 10);
}

TEST(Memory, WrongMagicIsRefused) {
  expect_refused(changed_pool([](PoolHeader& h) { h.magic ^= 1; }));
}
TEST(Memory, OtherVersionIsRefused) {
  expect_refused(changed_pool([](PoolHeader& h) { ++h.version; }));
}
TEST(Memory, OtherHeaderSizeIsRefused) {
  expect_refused(changed_pool([](PoolHeader& h) { h.header_bytes += 8; }));
}
TEST(Memory, MovedDescriptorsAreRefused) {
  expect_refused(changed_pool([](PoolHeader& h) { h.descriptors_at += 4096; }));
}
TEST(Memory, MovedPixelsAreRefused) {
  expect_refused(changed_pool([](PoolHeader& h) { h.pixels_at -= 4096; }));
}
TEST(Memory, WrongTotalIsRefused) {
  expect_refused(changed_pool([](PoolHeader& h) { h.total_bytes += 4096; }));
}
TEST(Memory, HeaderForMoreMemoryThanThereIsIsRefused) {
  expect_refused(changed_pool([](PoolHeader& h) {
    h.slot_bytes *= 2;
    h.total_bytes = h.pixels_at + h.slots * h.slot_bytes;
  }));
}

TEST(Memory, PoolSmallerThanItsFrontIsRefused) {
  expect_refused(create_region("small", 256));
  expect_refused(create_region("empty", 0));
}

TEST(Memory, UnsealedRegionIsRefused) {
  UniqueFd fd(::memfd_create("unsealed", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  ASSERT_EQ(::ftruncate(fd.get(), 1 << 20), 0);
  expect_refused(copy_of(fd.get()));
  ASSERT_EQ(::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_GROW), 0);
  EXPECT_THROW(Mapping(std::move(fd), Access::read, 1, "test"), std::runtime_error);
}

TEST(Memory, WhatIsNoSharedMemoryIsRefused) {
  UniqueFd fd(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  EXPECT_THROW(Mapping(std::move(fd), Access::read, 1, "test"), std::runtime_error);
  EXPECT_THROW(Mapping(UniqueFd(), Access::read, 1, "test"), std::system_error);
}

TEST(Memory, RegionsCannotBeResized) {
  const UniqueFd pool = create_pool(kIdentity, kSmall);
  EXPECT_NE(::ftruncate(pool.get(), 0), 0);
  EXPECT_NE(::ftruncate(pool.get(), 1 << 30), 0);
  EXPECT_NE(::ftruncate(create_claims(kIdentity, 0).get(), 0), 0);
  EXPECT_NE(::ftruncate(create_bell().get(), 0), 0);
}

/// Every way to a writable view of the region behind `fd`.
void expect_no_way_to_write(int fd) {
  const UniqueFd again(::open(fmt::format("/proc/self/fd/{}", fd).c_str(), O_RDWR | O_CLOEXEC));
  for (const int attempt : {fd, again.get()}) {
    if (attempt < 0) continue;
    EXPECT_EQ(::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, attempt, 0), MAP_FAILED);
    EXPECT_EQ(::pwrite(attempt, "x", 1, 0), -1);
    EXPECT_NE(::fallocate(attempt, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096), 0);
    void* map = ::mmap(nullptr, 4096, PROT_READ, MAP_SHARED, attempt, 0);
    ASSERT_NE(map, MAP_FAILED);
    EXPECT_NE(::mprotect(map, 4096, PROT_READ | PROT_WRITE), 0);
    ::munmap(map, 4096);
  }
}

TEST(Memory, SealedPoolCannotBeMappedWritableNotEvenThroughProc) {
  const UniqueFd fd = create_pool(kIdentity, kSmall);
  const PoolMapping producer(copy_of(fd.get()), Access::write);
  seal_pool(fd.get());
  const UniqueFd consumers = reopen_read_only(fd.get());
  expect_no_way_to_write(consumers.get());
}

TEST(Memory, ProducersMappingStillWorksAfterTheSeal) {
  const UniqueFd fd = create_pool(kIdentity, kSmall);
  const PoolMapping producer(copy_of(fd.get()), Access::write);
  seal_pool(fd.get());
  const PoolMapping consumer(reopen_read_only(fd.get()), Access::read);
  ASSERT_EQ(::madvise(producer.pixels(2), kSmall.slot_bytes, MADV_POPULATE_WRITE), 0);
  test::stamp(producer.pixels(2), kSmall.slot_bytes, 9);
  EXPECT_TRUE(test::is_stamped(consumer.pixels(2), kSmall.slot_bytes, 9));
}

TEST(Memory, PoolSealedBeforeItsProducerMappedItIsNoUseToAProducer) {
  UniqueFd fd = create_pool(kIdentity, kSmall);
  seal_pool(fd.get());
  EXPECT_THROW(PoolMapping(std::move(fd), Access::write), std::system_error);
}

TEST(Memory, SealingTwiceIsAnError) {
  const UniqueFd fd = create_pool(kIdentity, kSmall);
  seal_pool(fd.get());
  EXPECT_THROW(seal_pool(fd.get()), std::system_error);
}

TEST(Memory, SealedClaimsCannotBeMappedWritableByTheirProducer) {
  const UniqueFd fd = create_claims(kIdentity, 3);
  const ClaimsMapping consumer(copy_of(fd.get()), Access::write);
  seal_region(fd.get(), "a claims page");
  expect_no_way_to_write(reopen_read_only(fd.get()).get());
}

TEST(Memory, InheritedClaimsSayWhatTheDeadConsumerHadDoneAndAreItsSuccessorsOwn) {
  const UniqueFd dead = create_claims(kIdentity, 3);
  const ClaimsMapping before(copy_of(dead.get()), Access::write);
  words::mark_done(before.claims(), 5, 21);
  words::store_position(before.claims(), 22);
  // A hostile one may have written to its header.
  std::memset(reinterpret_cast<std::byte*>(&before.claims()), 0xff, sizeof(ClaimsHeader));
  seal_region(dead.get(), "a claims page");

  const ClaimsMapping after(inherit_claims(kIdentity, 3, dead.get()), Access::write);
  EXPECT_EQ(after.consumer(), 3U);
  EXPECT_TRUE(words::own_done(after.claims(), 5, 21));
  EXPECT_EQ(words::load_position(after.claims()), 22U);
  words::store_position(after.claims(), 23);
  EXPECT_EQ(words::load_position(before.claims()), 22U);
}

TEST(Memory, ReadOnlyDescriptorOfAClaimsPageCannotBeMappedWritable) {
  const UniqueFd claims = create_claims(kIdentity, 3);
  EXPECT_THROW(ClaimsMapping(reopen_read_only(claims.get()), Access::write), std::system_error);
  EXPECT_EQ(ClaimsMapping(reopen_read_only(claims.get()), Access::read).consumer(), 3U);
}

TEST(Memory, ClaimsOfAConsumerBeyondTheLastAreRefused) {
  EXPECT_THROW((void)create_claims(kIdentity, kMaxConsumers), std::runtime_error);
  UniqueFd claims = create_claims(kIdentity, 0);
  const std::uint32_t beyond = kMaxConsumers;
  ASSERT_EQ(::pwrite(claims.get(), &beyond, sizeof(beyond), offsetof(ClaimsHeader, consumer)),
            static_cast<ssize_t>(sizeof(beyond)));
  EXPECT_THROW(ClaimsMapping(std::move(claims), Access::read), std::runtime_error);
}

TEST(Memory, RegionsAreNotTakenForOneAnother) {
  EXPECT_THROW(ClaimsMapping(create_bell(), Access::read), std::runtime_error);
  EXPECT_THROW(OwnBell(create_claims(kIdentity, 0)), std::runtime_error);
  expect_refused(create_claims(kIdentity, 0));
}

TEST(Memory, MovedMappingIsUnmappedOnce) {
  Mapping first(create_region("a", 4096), Access::write, 1, "a");
  first.data()[0] = std::byte{42};
  Mapping second = std::move(first);
  EXPECT_EQ(first.data(), nullptr);
  EXPECT_EQ(second.data()[0], std::byte{42});
  second = Mapping(create_region("b", 8192), Access::write, 1, "b");
  EXPECT_EQ(second.size(), 8192U);
  EXPECT_EQ(second.data()[0], std::byte{0});
}

}  // namespace
}  // namespace latham::ringbuf
