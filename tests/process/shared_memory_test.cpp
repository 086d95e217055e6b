// SPDX-License-Identifier: MIT
// Which memory of a running job can still be mapped for writing: by nobody, whatever descriptor he has.
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <system_error>

#include "system/unique_fd.h"
#include "tests/process/clips.h"
#include "tests/process/place.h"
#include "tests/process/run.h"

namespace latham::test {
namespace {

/// Bells are written by all who have them and trusted by none, and where a decoder is in its input is said
/// on a page that no other stage has.
bool is_for_its_holders(const std::string& region) {
  return region.find("latham-bell") != std::string::npos ||
         region.find("latham-input-position") != std::string::npos;
}

bool maps_writable(const std::string& descriptor) {
  const UniqueFd fd(::open(descriptor.c_str(), O_RDWR | O_CLOEXEC));
  if (!fd) return false;
  void* const map = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (map == MAP_FAILED) return false;
  ::munmap(map, 4096);
  return true;
}

struct Regions {
  int seen = 0;
  std::string writable;
};

/// Of this process: by what it has mapped, and by descriptors that it still has.
Regions regions_of(pid_t pid) {
  Regions regions;
  std::error_code gone;
  for (const char* folder : {"fd", "map_files"}) {
    for (const auto& entry :
         std::filesystem::directory_iterator(fmt::format("/proc/{}/{}", pid, folder), gone)) {
      const std::string region = std::filesystem::read_symlink(entry.path(), gone).string();
      if (region.find("memfd:latham-") == std::string::npos || is_for_its_holders(region)) continue;
      ++regions.seen;
      if (maps_writable(entry.path().string())) regions.writable += " " + region;
    }
  }
  return regions;
}

class SharedMemory : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root, who may open what others have mapped";
  }
  Place place_;
  /// Pictures through a filter, sound beside them: each stage has two sides or more of some memory.
  Program job_{transcode(words("--stage-retries 3 -stream_loop -1 -i") + Words{clip("h264")} +
                         words("-vf hflip -c:v mpeg4 -c:a aac") + Words{place_.file("out.mkv")}),
               place_.settings()};

  void expect_all_sealed() {
    for (const char* stage : {"decoder", "filter", "encoder"}) {
      // Each region is sealed once its writer has mapped it.
      ASSERT_TRUE(job_.until([&] {
        const auto pid = job_.stage(stage);
        return pid && regions_of(*pid).seen >= 4 && regions_of(*pid).writable.empty();
      })) << stage
          << regions_of(job_.stage(stage).value_or(0)).writable << job_.err();
      EXPECT_EQ(regions_of(job_.stage(stage).value()).writable, "") << stage << job_.err();
    }
  }
};

TEST_F(SharedMemory, OfARunningJobIsMappedForWritingByNobodyElse) {
  expect_all_sealed();
  job_.signal(SIGINT);
  EXPECT_EQ(job_.wait().code, 130);
}

TEST_F(SharedMemory, OfSuccessorsIsMappedForWritingByNobodyElse) {
  for (const char* stage : {"filter", "decoder"}) {
    expect_all_sealed();
    const pid_t dead = job_.stage(stage).value();
    ::kill(dead, SIGKILL);
    ASSERT_TRUE(job_.until([&] {
      const auto now = job_.stage(stage);
      return now && *now != dead && regions_of(*now).seen >= 4;
    })) << job_.err();
  }
  expect_all_sealed();
  job_.signal(SIGINT);
  EXPECT_EQ(job_.wait().code, 130);
}

}  // namespace
}  // namespace latham::test
