// SPDX-License-Identifier: MIT
#include "supervisor/text_report.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>

#include "system/unique_fd.h"
#include "tests/unit/supervisor/expect_failure.h"

namespace latham::supervisor {
namespace {

/// A terminal of a given width, and what was written to it.
class Terminal {
 public:
  explicit Terminal(unsigned short columns) : master_(::posix_openpt(O_RDWR | O_NOCTTY)) {
    EXPECT_EQ(::grantpt(master_.get()) + ::unlockpt(master_.get()), 0);
    out_ = std::fopen(::ptsname(master_.get()), "w");
    resize(columns);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal() { std::fclose(out_); }

  void resize(unsigned short columns) {
    winsize size{24, columns, 0, 0};
    EXPECT_EQ(::ioctl(master_.get(), TIOCSWINSZ, &size), 0);
  }
  /// All that was written since the last time. The kernel hands it over in pieces, when it likes: up to a
  /// mark behind it.
  std::string text() {
    constexpr char kMark = '\x1f';
    EXPECT_EQ(std::fputc(kMark, out_), kMark);
    EXPECT_EQ(std::fflush(out_), 0);
    std::string all;
    while (!all.ends_with(kMark)) {
      char piece[4096];
      const ssize_t got = ::read(master_.get(), piece, sizeof(piece));
      if (got <= 0) return all;
      all.append(piece, static_cast<std::size_t>(got));
    }
    all.pop_back();
    return all;
  }
  [[nodiscard]] std::FILE* out() const { return out_; }

 private:
  UniqueFd master_;
  std::FILE* out_ = nullptr;
};

Progress some_progress() {
  Progress progress;
  progress.elapsed_s = 2;
  progress.share = 0.5;
  progress.left_s = 2;
  progress.outputs.push_back({100, 0, 0, 4'000'000, 250'000, 23});
  progress.stages = {{"decoder", 0.5, StageProgress::Fill{3, 16}}, {"encoder", 0.9, std::nullopt}};
  return progress;
}

/// The longest line between the terminal's own commands.
std::size_t longest_line(const std::string& text) {
  std::size_t longest = 0;
  std::size_t length = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\033') {
      while (i < text.size() && std::isalpha(static_cast<unsigned char>(text[i])) == 0) ++i;
      continue;
    }
    length = text[i] == '\r' || text[i] == '\n' ? 0 : length + 1;
    longest = std::max(longest, length);
  }
  return longest;
}

TEST(TextReport, ProgressFitsTheTerminalAlsoAfterItWasResized) {
  Terminal terminal(60);
  TextReport report(terminal.out(), {});
  report.progress(some_progress());
  const std::string wide = terminal.text();
  EXPECT_TRUE(test::contains(wide, " 50%  frame 100  50 fps  2.0x  ETA 0:02")) << wide;
  EXPECT_TRUE(test::contains(wide, "decoder 50% [3/16]  encoder 90% (slowest)")) << wide;
  EXPECT_LT(longest_line(wide), 60U);
  terminal.resize(20);
  report.progress(some_progress());
  const std::string narrow = terminal.text();
  EXPECT_TRUE(test::contains(narrow, " 50%  ETA 0:02")) << narrow;
  EXPECT_LT(longest_line(narrow), 20U);
}

TEST(TextReport, WarningGoesAboveTheProgressAndNothingOfItIsLeftAtTheEnd) {
  Terminal terminal(80);
  {
    TextReport report(terminal.out(), {});
    report.progress(some_progress());
    (void)terminal.text();
    report.warning("decoder", "one");
    EXPECT_EQ(terminal.text(), "\r\033[Jlatham: warning: decoder: one\r\n");
    report.progress(some_progress());
    (void)terminal.text();
  }
  EXPECT_EQ(terminal.text(), "\r\033[J");
}

TEST(TextReport, TerminalIsToldTwiceASecondUnlessAskedOtherwise) {
  const Terminal terminal(80);
  EXPECT_EQ(TextReport(terminal.out(), {}).progress_period(), std::chrono::milliseconds(500));
  Globals globals;
  globals.stats_period = std::chrono::milliseconds(20);
  EXPECT_EQ(TextReport(terminal.out(), globals).progress_period(), std::chrono::milliseconds(20));
}

}  // namespace
}  // namespace latham::supervisor
