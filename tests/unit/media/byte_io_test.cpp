// SPDX-License-Identifier: MIT
#include "media/byte_io.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>
#include <utility>

#include "tests/unit/supervisor/temp_dir.h"

namespace latham::media {
namespace {

using Direction = ByteIo::Direction;

struct Pipe {
  explicit Pipe(int flags) {
    int fds[2];
    EXPECT_EQ(::pipe2(fds, O_CLOEXEC | flags), 0);
    read_end.reset(fds[0]);
    write_end.reset(fds[1]);
  }
  UniqueFd read_end;
  UniqueFd write_end;
};

/// More than a pipe takes at once.
std::string many_bytes() {
  std::string bytes(1U << 20U, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i % 251);
  return bytes;
}

/// So long that the other side has found nothing, or no room, when it ends.
void let_it_wait() {
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
}

std::string read_all(AVIOContext& context) {
  std::string got;
  unsigned char some[4096];
  for (int n = 0; (n = avio_read_partial(&context, some, sizeof(some))) > 0;)
    got.append(reinterpret_cast<const char*>(some), static_cast<std::size_t>(n));
  return got;
}

TEST(ByteIo, NonBlockingPipeIsReadToItsEnd) {
  Pipe pipe(O_NONBLOCK);
  ByteIo io(std::move(pipe.read_end), Direction::read);
  std::thread writer([end = std::move(pipe.write_end)] {
    for (const char* text : {"one", "two"}) {
      let_it_wait();
      EXPECT_EQ(::write(end.get(), text, 3), 3);
    }
    let_it_wait();
  });
  EXPECT_EQ(read_all(*io.context()), "onetwo");
  EXPECT_EQ(io.context()->error, 0);
  writer.join();
}

TEST(ByteIo, NonBlockingPipeThatIsFullIsWaitedFor) {
  Pipe pipe(O_NONBLOCK);
  const std::string bytes = many_bytes();
  std::string got;
  std::thread reader([&got, end = std::move(pipe.read_end)]() mutable {
    let_it_wait();
    ByteIo in(std::move(end), Direction::read);
    got = read_all(*in.context());
  });
  {
    ByteIo io(std::move(pipe.write_end), Direction::write);
    avio_write(io.context(), reinterpret_cast<const unsigned char*>(bytes.data()),
               static_cast<int>(bytes.size()));
    avio_flush(io.context());
    EXPECT_EQ(io.write_error(), 0);
    EXPECT_EQ(io.context()->error, 0);
  }
  reader.join();
  EXPECT_TRUE(got == bytes);
}

TEST(ByteIo, StopEndsAReadThatWaits) {
  for (const int flags : {0, O_NONBLOCK}) {
    Pipe pipe(flags);
    transport::StopEvent stop;
    ByteIo io(std::move(pipe.read_end), Direction::read, &stop);
    EXPECT_EQ(::write(pipe.write_end.get(), "one", 3), 3);
    std::thread stopper([&] {
      let_it_wait();
      stop.stop();
    });
    EXPECT_EQ(read_all(*io.context()), "one");
    EXPECT_EQ(io.context()->error, 0);  // an end like any other
    stopper.join();
  }
}

TEST(ByteIo, StoppedFileIsReadOn) {
  const latham::test::TempDir folder;
  const std::string bytes = many_bytes();
  UniqueFd file(::open(folder.write("file", bytes).c_str(), O_RDONLY | O_CLOEXEC));
  transport::StopEvent stop;
  stop.stop();
  ByteIo io(std::move(file), Direction::read, &stop);
  EXPECT_TRUE(read_all(*io.context()) == bytes);
}

}  // namespace
}  // namespace latham::media
