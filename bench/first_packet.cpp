// SPDX-License-Identifier: MIT
#include "bench/first_packet.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <stdexcept>

#include "bench/transcode_run.h"
#include "system/pipe.h"
#include "system/uninterrupted.h"
#include "system/unique_fd.h"

namespace latham::bench {
namespace {

/// A whole line that is no comment.
bool has_packet(const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    if (end == std::string::npos) return false;
    if (text[at] != '#') return true;
    at = end + 1;
  }
  return false;
}

}  // namespace

double seconds_to_first_packet(const std::vector<std::vector<std::string>>& commands) {
  using Clock = std::chrono::steady_clock;
  Pipe pipe = make_pipe();
  const auto start = Clock::now();
  std::vector<ChildProcess> children = start_all(commands, pipe.write.get());
  pipe.write.reset();
  std::string text;
  std::array<char, 4096> buffer{};
  while (!has_packet(text)) {
    const ssize_t bytes =
        uninterrupted([&] { return ::read(pipe.read.get(), buffer.data(), buffer.size()); });
    if (bytes <= 0)
      throw std::runtime_error(
          fmt::format("'{}': no packet came", fmt::join(commands.back(), " ")));
    text.append(buffer.data(), static_cast<std::size_t>(bytes));
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  // The last first: nobody should live to complain that those before it are gone.
  while (!children.empty()) children.pop_back();
  return seconds;
}

}  // namespace latham::bench
