// SPDX-License-Identifier: MIT
#include "supervisor/progress_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "tests/unit/supervisor/expect_failure.h"
#include "tests/unit/supervisor/temp_dir.h"

namespace latham::supervisor {
namespace {

Progress some_progress() {
  Progress progress;
  progress.elapsed_s = 2;
  progress.outputs.push_back({100, 1, 2, 4'000'000, 250'000, 23});
  return progress;
}

std::array<UniqueFd, 2> make_pipe() {
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe(ends.data()), 0);
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

std::string read_some(int fd) {
  std::string text(8192, ' ');
  const ssize_t got = ::read(fd, text.data(), text.size());
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return text;
}

TEST(ProgressBlock, HasFfmpegsKeysInFfmpegsOrder) {
  EXPECT_EQ(progress_block(some_progress()),
            "frame=100\nfps=50.00\nstream_0_0_q=23.0\nbitrate= 500.0kbits/s\ntotal_size=250000\n"
            "out_time_us=4000000\nout_time_ms=4000000\nout_time=00:00:04.000000\ndup_frames=1\n"
            "drop_frames=2\nspeed=   2x\nprogress=continue\n");
}

TEST(ProgressBlock, SaysNotAvailableOfWhatIsUnknown) {
  Progress progress;
  progress.outputs.emplace_back();
  progress.ended = true;
  EXPECT_EQ(progress_block(progress),
            "frame=0\nfps=0.00\nstream_0_0_q=0.0\nbitrate=N/A\ntotal_size=N/A\nout_time_us=N/A\n"
            "out_time_ms=N/A\nout_time=N/A\ndup_frames=0\ndrop_frames=0\nspeed=N/A\n"
            "progress=end\n");
}

TEST(ProgressFile, DescriptorByNumberStaysOpenForItsOwner) {
  auto [out, in] = make_pipe();
  {
    ProgressFile file("pipe:" + std::to_string(in.get()));
    EXPECT_TRUE(file.write(some_progress()));
  }
  EXPECT_EQ(read_some(out.get()), progress_block(some_progress()));
  EXPECT_GE(::fcntl(in.get(), F_GETFD), 0);
}

TEST(ProgressFile, FileIsWrittenAnewBlockByBlock) {
  const test::TempDir files;
  files.write("log", "old");
  ProgressFile file(files.file("log"));
  EXPECT_TRUE(file.write(some_progress()));
  EXPECT_TRUE(file.write(some_progress()));
  EXPECT_EQ(test::read_file(files.file("log")),
            progress_block(some_progress()) + progress_block(some_progress()));
}

TEST(ProgressFile, SocketIsConnected) {
  const test::TempDir files;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  files.file("s").copy(address.sun_path, sizeof(address.sun_path) - 1);
  const UniqueFd listener(::socket(AF_UNIX, SOCK_STREAM, 0));
  ASSERT_EQ(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)),
            0);
  ASSERT_EQ(::listen(listener.get(), 1), 0);
  ProgressFile file("unix:" + files.file("s"));
  const UniqueFd peer(::accept(listener.get(), nullptr, nullptr));
  EXPECT_TRUE(file.write(some_progress()));
  EXPECT_EQ(read_some(peer.get()), progress_block(some_progress()));
}

TEST(ProgressFile, ReaderThatDoesNotReadLosesBlocksAndHoldsUpNobody) {
  auto [out, in] = make_pipe();
  ProgressFile file("pipe:" + std::to_string(in.get()));
  for (int i = 0; i < 2000; ++i) ASSERT_TRUE(file.write(some_progress()));
  EXPECT_TRUE(read_some(out.get()).starts_with(progress_block(some_progress())));
}

TEST(ProgressFile, ReaderThatIsGoneEndsIt) {
  std::signal(SIGPIPE, SIG_IGN);  // as SignalWatch does
  auto [out, in] = make_pipe();
  ProgressFile file("pipe:" + std::to_string(in.get()));
  out.reset();
  EXPECT_FALSE(file.write(some_progress()));
  EXPECT_FALSE(file.write(some_progress()));
}

TEST(ProgressFile, WhatCannotBeOpenedIsNamed) {
  EXPECT_REFUSED(ProgressFile("/nowhere/at/all"), 4, "-progress '/nowhere/at/all': No such file");
  EXPECT_REFUSED(ProgressFile("pipe:x"), 2, "must be a file, -, pipe:N");
  EXPECT_REFUSED(ProgressFile("pipe:987"), 4, "no such descriptor");
  EXPECT_REFUSED(ProgressFile("http://a/b"), 2, "must be a file, -, pipe:N");
  EXPECT_REFUSED(ProgressFile("unix:/nowhere"), 4, "is anybody listening there?");
}

}  // namespace
}  // namespace latham::supervisor
