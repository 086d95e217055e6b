// SPDX-License-Identifier: MIT
#include "supervisor/console.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <string>

#include "system/pipe.h"

namespace latham::supervisor {
namespace {

/// A pipe behind a FILE, as standard error may be one.
class Piped : public testing::Test {
 protected:
  Piped() : pipe_(make_pipe()), out_(::fdopen(::dup(pipe_.write.get()), "w")) {
    std::signal(SIGPIPE, SIG_IGN);
    ::fcntl(pipe_.read.get(), F_SETFL, O_NONBLOCK);
  }
  ~Piped() override {
    std::fclose(out_);
    std::signal(SIGPIPE, SIG_DFL);
  }

  std::string read() {
    std::string text;
    std::array<char, 4096> some{};
    for (ssize_t got = 0; (got = ::read(pipe_.read.get(), some.data(), some.size())) > 0;)
      text.append(some.data(), static_cast<std::size_t>(got));
    return text;
  }

  Pipe pipe_;
  std::FILE* out_;
};

TEST_F(Piped, TextArrivesWhole) {
  const std::string text(20'000, 'x');
  Console(out_).say(text);
  EXPECT_EQ(read(), text);
}

TEST_F(Piped, FullPipeIsWaitedForOnceAndReadAgainWhenItIsEmptied) {
  Console console(out_);
  console.say(std::string(std::size_t{1} << 20, 'x'));  // returns, though nobody reads
  console.say("lost");
  console.show("lost");
  EXPECT_EQ(read().find("lost"), std::string::npos);
  console.say("said");
  EXPECT_EQ(read(), "said");
}

TEST_F(Piped, ReaderWhoIsGoneIsNoError) {
  pipe_.read.reset();
  Console console(out_);
  console.say("to nobody");
  console.show("to nobody");
}

}  // namespace
}  // namespace latham::supervisor
