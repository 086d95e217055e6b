// SPDX-License-Identifier: MIT
// Inputs that have nothing for a while, outputs that take nothing: the job waits, and hears Ctrl-C.
#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
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

/// Half of a film of 500 pictures.
std::string half_of_film() {
  const std::string film = read_file(clip("long"));
  return film.substr(0, film.size() / 2);
}

/// Gives bytes and then nothing more, without an end, for as long as it is there.
class Stalling {
 public:
  Stalling(UniqueFd to, std::string bytes) : to_(std::move(to)), bytes_(std::move(bytes)) {
    ::signal(SIGPIPE, SIG_IGN);
    writer_ = std::thread([this] { write(); });
  }
  Stalling(const Stalling&) = delete;
  Stalling& operator=(const Stalling&) = delete;
  ~Stalling() { writer_.join(); }

  /// All was taken out of the pipe, or by the other side of the connection.
  [[nodiscard]] bool is_empty() const { return is_written_ && waiting_bytes(to_) == 0; }

 private:
  void write() {
    for (std::size_t at = 0; at < bytes_.size();) {
      const ssize_t n = ::write(to_.get(), bytes_.data() + at, bytes_.size() - at);
      if (n < 0) return;
      at += static_cast<std::size_t>(n);
    }
    is_written_ = true;
  }

  UniqueFd to_;
  std::string bytes_;
  std::atomic<bool> is_written_ = false;
  std::thread writer_;
};

class Stall : public testing::TestWithParam<int> {
 protected:
  /// The first signal ends a job whose input has stalled, and all that came is in the file.
  void expect_finished(Program& job, const Stalling& input) const {
    ASSERT_TRUE(job.until([&] { return input.is_empty() && place_.is_growing("out.mkv.part"); }))
        << job.err();
    // Time to take what lies between: a decoder that finds the stop among its packets waits for nothing.
    std::this_thread::sleep_for(std::chrono::milliseconds(700));
    job.signal(GetParam());
    const Ended end = job.wait();
    EXPECT_FALSE(end.hung);
    EXPECT_EQ(end.code, 128 + GetParam()) << end.err;
    EXPECT_NE(end.err.find("is finished"), std::string::npos) << end.err;
    EXPECT_EQ(end.err.find("damaged"), std::string::npos) << end.err;
    EXPECT_TRUE(job.family().empty());
    EXPECT_EQ(place_.leftovers(), "out.mkv ");
    const Ended frames = run(words("ffmpeg -nostdin -v error -i") + Words{place_.file("out.mkv")} +
                             words("-f framemd5 -"));
    EXPECT_EQ(frames.err, "");
    EXPECT_GT(occurrences(frames.out, "\n0, "), 200);
  }
  [[nodiscard]] Words job_of(const std::string& input) const {
    return transcode(Words{"-f", "matroska", "-i", input, "-c:v", "mpeg4", place_.file("out.mkv")});
  }

  Place place_;
};

TEST_P(Stall, OfAPipeEndsAtTheFirstSignalWithAllThatCame) {
  for (const bool blocking : {true, false}) {
    SCOPED_TRACE(blocking);
    Pipe pipe;
    Program job(job_of(hand_on(pipe.read_end, blocking)), place_.settings());
    pipe.read_end.reset();
    const Stalling input(std::move(pipe.write_end), half_of_film());
    expect_finished(job, input);
    std::filesystem::remove(place_.file("out.mkv"));
  }
}

TEST_P(Stall, OfAConnectionEndsAtTheFirstSignalWithAllThatCame) {
  const UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const place = reinterpret_cast<sockaddr*>(&address);
  ASSERT_EQ(::bind(listener.get(), place, size), 0);
  ASSERT_EQ(::listen(listener.get(), 1), 0);
  ASSERT_EQ(::getsockname(listener.get(), place, &size), 0);
  Program job(job_of(fmt::format("tcp://127.0.0.1:{}", ntohs(address.sin_port))),
              place_.settings());
  const Stalling input(UniqueFd(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC)),
                       half_of_film());
  expect_finished(job, input);
}

TEST_P(Stall, BeforeTheFirstFrameLeavesNothing) {
  Pipe pipe;
  Program job(job_of(hand_on(pipe.read_end, true)), place_.settings());
  pipe.read_end.reset();
  const Stalling input(std::move(pipe.write_end), half_of_film().substr(0, 100));
  ASSERT_TRUE(job.until([&] { return input.is_empty(); })) << job.err();
  job.signal(GetParam());
  const Ended end = job.wait();
  EXPECT_FALSE(end.hung);
  EXPECT_EQ(end.code, 128 + GetParam()) << end.err;
  EXPECT_NE(end.err.find("interrupted before the first frame"), std::string::npos) << end.err;
  EXPECT_TRUE(job.family().empty());
  EXPECT_EQ(place_.leftovers(), "");
}

INSTANTIATE_TEST_SUITE_P(Signals, Stall, testing::Values(SIGINT, SIGTERM),
                         [](const auto& test) { return test.param == SIGINT ? "Int" : "Term"; });

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
