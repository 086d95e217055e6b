// SPDX-License-Identifier: MIT
#include "tests/process/display.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <vector>

#include "tests/process/run.h"
#include "tests/support/fds.h"

namespace latham::test {
namespace {

std::uint32_t word(const std::string& bytes, std::size_t index) {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.data() + 4 * index, 4);
  return ntohl(value);
}

}  // namespace

bool is_installed(const std::string& program) {
  return run({"sh", "-c", fmt::format("command -v {}", program)}).code == 0;
}

std::unique_ptr<Display> Display::start() {
  if (!is_installed("Xvfb") || !is_installed("xdotool")) return nullptr;
  std::unique_ptr<Display> display(new Display());
  auto [number_in, number_out] = make_pipe();
  const std::string screen = fmt::format("{}x{}x24", kWidth, kHeight);
  const std::string fd = fmt::format("{}", number_out.get());
  const pid_t parent = ::getpid();
  display->server_ = ::fork();
  if (display->server_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);
    ::fcntl(number_out.get(), F_SETFD, 0);
    // -noreset: else the server starts anew, deaf for a moment, whenever its last client leaves.
    // It complains about every display number that is taken.
    ::dup2(::open("/dev/null", O_WRONLY), STDERR_FILENO);
    ::execlp("Xvfb", "Xvfb", "-displayfd", fd.c_str(), "-screen", "0", screen.c_str(), "-fbdir",
             display->dir_.path().c_str(), "-nolisten", "tcp", "-noreset", nullptr);
    ::_exit(127);
  }
  number_out.reset();
  std::string number;
  for (char c = 0; ::read(number_in.get(), &c, 1) == 1 && c != '\n';) number += c;
  if (number.empty()) return nullptr;
  ::setenv("DISPLAY", (":" + number).c_str(), 1);
  ::setenv("SDL_VIDEODRIVER", "x11", 1);
  ::setenv("SDL_RENDER_DRIVER", "software", 1);
  // Else SDL loads Mesa to see whether it would be faster, and unloads it: its leaks have no name then.
  ::setenv("SDL_FRAMEBUFFER_ACCELERATION", "0", 1);
  ::unsetenv("WAYLAND_DISPLAY");
  return display;
}

Display::~Display() {
  if (server_ < 0) return;
  hold(false);
  ::kill(server_, SIGTERM);
  ::waitpid(server_, nullptr, 0);
  for (const char* variable :
       {"DISPLAY", "SDL_VIDEODRIVER", "SDL_RENDER_DRIVER", "SDL_FRAMEBUFFER_ACCELERATION"})
    ::unsetenv(variable);
}

bool Display::read(int x, int y, void* to, std::size_t bytes) const {
  // An X window dump: words in network order, then a palette of 12 bytes an entry, then BGRX rows.
  std::ifstream in(dir_.file("Xvfb_screen0"), std::ios::binary);
  std::string header(100, '\0');
  if (!in.read(header.data(), static_cast<std::streamsize>(header.size()))) return false;
  const std::size_t row = word(header, 12);
  const std::size_t at = word(header, 0) + std::size_t{12} * word(header, 19) +
                         static_cast<std::size_t>(y) * row + 4 * static_cast<std::size_t>(x);
  in.seekg(static_cast<std::streamoff>(at));
  return static_cast<bool>(in.read(static_cast<char*>(to), static_cast<std::streamsize>(bytes)));
}

std::array<int, 3> Display::pixel(int x, int y) const {
  std::array<unsigned char, 3> bgr{};
  if (!read(x, y, bgr.data(), bgr.size())) return {-1, -1, -1};
  return {bgr[2], bgr[1], bgr[0]};
}

int Display::bright(int x, int y, int width, int height) const {
  std::vector<unsigned char> row(static_cast<std::size_t>(width) * 4);
  int count = 0;
  for (int line = 0; line < height; ++line) {
    if (!read(x, y + line, row.data(), row.size())) return -1;
    for (std::size_t at = 1; at < row.size(); at += 4) count += row[at] > 127 ? 1 : 0;
  }
  return count;
}

std::size_t Display::hash() const {
  std::string all(std::size_t{4} * kWidth * kHeight, '\0');
  return read(0, 0, all.data(), all.size()) ? std::hash<std::string>{}(all) : 0;
}

void Display::hold(bool held) const {
  ::kill(server_, held ? SIGSTOP : SIGCONT);
}

std::string Display::title() const {
  const Ended said =
      run({"xdotool", "search", "--onlyvisible", "--name", "latham", "getwindowname"});
  return said.code == 0 ? said.out : "";
}

int Display::windows() const {
  const Ended said = run({"xdotool", "search", "--onlyvisible", "--name", "latham"});
  return static_cast<int>(std::count(said.out.begin(), said.out.end(), '\n'));
}

void Display::mouse(const std::string& actions) const {
  run(Words{"xdotool"} + words(actions));
}

void Display::key(const std::string& names) const {
  // Without a window manager the keyboard follows the pointer.
  mouse(fmt::format("mousemove {} {} key {}", kWidth / 2, kHeight / 2, names));
}

}  // namespace latham::test
