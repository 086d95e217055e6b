// SPDX-License-Identifier: MIT
// Inputs that have nothing for a while, outputs that take nothing: the job waits, and hears Ctrl-C.
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "system/unique_fd.h"
#include "tests/process/clips.h"
#include "tests/process/packets.h"
#include "tests/process/place.h"
#include "tests/process/run.h"
#include "tests/process/trapped.h"

namespace latham::test {
namespace {

struct Pipe {
  Pipe() {
    int fds[2];
    EXPECT_EQ(::pipe2(fds, O_CLOEXEC), 0);
    read_end.reset(fds[0]);
    write_end.reset(fds[1]);
  }
  UniqueFd read_end;
  UniqueFd write_end;
};

/// Whoever is started next has it, too, under this name.
std::string hand_on(const UniqueFd& fd, bool blocking) {
  ::fcntl(fd.get(), F_SETFD, 0);
  ::fcntl(fd.get(), F_SETFL, blocking ? 0 : O_NONBLOCK);
  return fmt::format("pipe:{}", fd.get());
}

int waiting_bytes(const UniqueFd& fd) {
  int bytes = 0;
  ::ioctl(fd.get(), FIONREAD, &bytes);
  return bytes;
}

TEST(NonBlockingInput, IsReadToItsEnd) {
  const std::string bytes = read_file(clip("mpeg4"));
  const Words options = words("-c:v rawvideo -c:a copy -f md5 -");
  Pipe pipe;
  Program job(transcode(Words{"-i", hand_on(pipe.read_end, false)} + options));
  pipe.read_end.reset();
  ::signal(SIGPIPE, SIG_IGN);
  // Each part after the one before it was taken, so that nothing is there in between.
  std::thread feeder([&bytes, end = std::move(pipe.write_end)] {
    constexpr std::size_t kPart = 4096;
    for (std::size_t at = 0; at < bytes.size(); at += kPart) {
      const std::size_t size = std::min(kPart, bytes.size() - at);
      if (::write(end.get(), bytes.data() + at, size) != static_cast<ssize_t>(size)) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  });
  const Ended end = job.wait();
  feeder.join();
  EXPECT_FALSE(end.hung);
  EXPECT_EQ(end.code, 0) << end.err;
  EXPECT_EQ(end.out, run(transcode(Words{"-i", clip("mpeg4")} + options)).out);
}

TEST(NonBlockingOutput, GetsAllWhenItsReaderIsSlow) {
  const Words job_words = Words{"-i", clip("long")} + words("-c copy -f mpegts");
  Pipe pipe;
  Program job(transcode(job_words + Words{hand_on(pipe.write_end, false)}));
  pipe.write_end.reset();
  ASSERT_TRUE(job.until([&] { return waiting_bytes(pipe.read_end) >= 60000; })) << job.err();
  std::this_thread::sleep_for(std::chrono::milliseconds(100));  // it is full
  std::string got;
  char some[65536];
  for (ssize_t n = 0; (n = ::read(pipe.read_end.get(), some, sizeof(some))) > 0;)
    got.append(some, static_cast<std::size_t>(n));
  const Ended end = job.wait();
  EXPECT_EQ(end.code, 0) << end.err;

  const TempDir folder;
  ASSERT_EQ(run(transcode(job_words + Words{folder.file("out.ts")})).code, 0);
  EXPECT_TRUE(got == read_file(folder.file("out.ts")));
}

TEST(DeviceWithNoMorePictures, HearsCtrlC) {
#ifdef LATHAM_SANITIZED
  GTEST_SKIP() << "a sanitizer's runtime does not let another library before it";
#endif
  const Place place;
  const Trapped trapped({TrapKind::empty, 1, 100, 0, 0, 0});
  Program job(trapped.transcode(Words{"-i", clip("long"), "-c:v", "mpeg4", place.file("out.mkv")}),
              place.settings());
  ASSERT_TRUE(job.until([&] { return trapped.sprung() > 0 && place.is_growing("out.mkv.part"); }))
      << job.err();
  job.signal(SIGINT);
  const Ended end = job.wait();
  EXPECT_FALSE(end.hung);
  EXPECT_EQ(end.code, 128 + SIGINT) << end.err;
  EXPECT_NE(end.err.find("is finished"), std::string::npos) << end.err;
  EXPECT_TRUE(place.has("out.mkv"));
}

}  // namespace
}  // namespace latham::test
