// SPDX-License-Identifier: MIT
#include "supervisor/input_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/supervisor/expect_failure.h"
#include "tests/unit/supervisor/temp_dir.h"

namespace latham::supervisor {
namespace {

using test::TempDir;

Input from(const std::string& name, const std::string& format = "") {
  return {name, {{"f", format}}};
}

TEST(InputFile, OrdinaryPathIsOpened) {
  const TempDir dir;
  const UniqueFd fd = open_input(from(dir.write("in.mp4", "abc")));
  ASSERT_TRUE(fd);
  EXPECT_NE(::fcntl(fd.get(), F_GETFD) & FD_CLOEXEC, 0);
  EXPECT_EQ(::fcntl(fd.get(), F_GETFL) & O_ACCMODE, O_RDONLY);
}

TEST(InputFile, WhatCannotBeReadIsSaid) {
  const TempDir dir;
  EXPECT_REFUSED((void)open_input(from(dir.file("none.mp4"))), 3,
                 "none.mp4': No such file or directory");
  EXPECT_REFUSED((void)open_input(from(dir.path())), 3, "is a folder");
  const std::string secret = dir.write("secret.mp4", "x");
  ASSERT_EQ(::chmod(secret.c_str(), 0), 0);
  if (::geteuid() != 0) EXPECT_REFUSED((void)open_input(from(secret)), 3, "check its permissions");
}

TEST(InputFile, AddressesDevicesAndPatternsAreLeftToTheDecoder) {
  for (const char* name :
       {"http://host/a.mp4", "rtsp://host", "tcp:host:1", "img%03d.png", "img%d.png"})
    EXPECT_TRUE(decoder_opens(from(name))) << name;
  EXPECT_TRUE(decoder_opens(from("testsrc2", "lavfi")));
  for (const char* name :
       {"-", "in.mp4", "file:in.mp4", "100%.mp4", "50%off.mp4", "./a:b.mp4", "12:30.mp4"})
    EXPECT_FALSE(decoder_opens(from(name))) << name;
}

TEST(InputFile, FileWithANameLikeAPatternIsAFile) {
  const TempDir dir;
  EXPECT_TRUE(open_input(from(dir.write("img%d.png", "x"))));
}

}  // namespace
}  // namespace latham::supervisor
