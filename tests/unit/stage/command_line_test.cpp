// SPDX-License-Identifier: MIT
#include "stage/command_line.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/fds.h"

namespace latham::test {
namespace {

using stage::CommandLine;
using Texts = std::vector<std::string>;

Texts read(Texts started_with) {
  std::vector<char*> argv;
  for (std::string& text : started_with) argv.push_back(text.data());
  CommandLine line(static_cast<int>(argv.size()), argv.data());
  EXPECT_EQ(line.argv()[line.argc()], nullptr);
  return {line.argv(), line.argv() + line.argc()};
}

/// As a spare reads it while `written` comes in two pieces.
Texts read_late(const std::string& written) {
  auto [theirs, ours] = make_pipe();
  int reader = theirs.release();
  std::thread supervisor([&, end = std::move(ours)]() mutable {
    const std::size_t half = written.size() / 2;
    EXPECT_EQ(::write(end.get(), written.data(), half), static_cast<ssize_t>(half));
    std::this_thread::yield();
    EXPECT_EQ(::write(end.get(), written.data() + half, written.size() - half),
              static_cast<ssize_t>(written.size() - half));
    end.reset();
  });
  const auto join = [&](int*) { supervisor.join(); };
  const std::unique_ptr<int, decltype(join)> joined(&reader, join);
  return read({"latham-filter", "@" + std::to_string(reader)});
}

TEST(CommandLine, OfAStageThatWasStartedWithItIsTakenAsItIs) {
  EXPECT_EQ(read({"latham-filter", "-vf", "hflip"}), (Texts{"latham-filter", "-vf", "hflip"}));
  EXPECT_EQ(read({"latham-filter"}), Texts{"latham-filter"});
}

TEST(CommandLine, OfASpareComesFromItsDescriptor) {
  EXPECT_EQ(read_late(std::string("-vf\0hflip\0-s\0"
                                  "2x2\0",
                                  17)),
            (Texts{"latham-filter", "-vf", "hflip", "-s", "2x2"}));
}

TEST(CommandLine, OfASpareMayHoldEmptyTextsAndLongOnes) {
  const std::string graph(50'000, 'x');
  EXPECT_EQ(read_late(std::string("-vf\0", 4) + graph + std::string("\0\0", 2)),
            (Texts{"latham-filter", "-vf", graph, ""}));
}

TEST(CommandLine, ThatNeverComesIsNotTakenForOneWithoutOptions) {
  EXPECT_THROW((void)read_late(""), std::runtime_error);
}

}  // namespace
}  // namespace latham::test
