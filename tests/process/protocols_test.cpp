// SPDX-License-Identifier: MIT
// FFmpeg's protocols that lead to files and to local sockets, out of the sandbox of the stage that opens them.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "system/unique_fd.h"
#include "tests/process/clips.h"
#include "tests/process/packets.h"
#include "tests/process/run.h"
#include "tests/unit/supervisor/temp_dir.h"

namespace latham::test {
namespace {

TEST(ProtocolOfTheInput, MayLeadToFiles) {
  const std::string part = clip("broadcast");
  const auto bytes = std::filesystem::file_size(part);
  for (const std::string& input :
       {"async:" + part, "concat:" + part + "|" + part,
        "subfile,,start,0,end," + std::to_string(bytes / 2) + ",,:" + part}) {
    SCOPED_TRACE(input);
    expect_same_as_ffmpeg(
        {.input = input, .before_input = words("-threads 1"), .options = words("-an -c:v mpeg4")});
  }
}

TEST(ProtocolOfTheInput, ThatWritesIsRefused) {
#ifdef LATHAM_SANITIZED
  GTEST_SKIP() << "builds with sanitizers have no sandbox";
#endif
  const TempDir folder;
  const Ended end = run(transcode({"-i", "cache:" + clip("tiny"), folder.file("out.mkv")}));
  EXPECT_EQ(end.code, 3) << end.err;
  EXPECT_NE(end.err.find("sandbox"), std::string::npos) << end.err;
}

TEST(LocalSocketAsOutput, CarriesTheFile) {
  const TempDir folder;
  const std::string path = folder.file("socket");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  ASSERT_LT(path.size(), sizeof(address.sun_path));
  std::copy(path.begin(), path.end(), address.sun_path);
  const UniqueFd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)),
            0);
  ASSERT_EQ(::listen(listener.get(), 1), 0);

  const Words job{"-i", clip("h264"), "-c", "copy", "-f", "mpegts"};
  Program program(transcode(job + Words{"unix:" + path}));
  const UniqueFd reader(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  std::string got;
  char some[65536];
  for (ssize_t n = 0; (n = ::read(reader.get(), some, sizeof(some))) > 0;)
    got.append(some, static_cast<std::size_t>(n));
  const Ended end = program.wait();
  EXPECT_EQ(end.code, 0) << end.err;

  const std::string file = folder.file("out.ts");
  ASSERT_EQ(run(transcode(job + Words{file})).code, 0);
  EXPECT_FALSE(got.empty());
  EXPECT_EQ(got, read_file(file));
}

}  // namespace
}  // namespace latham::test
