// SPDX-License-Identifier: MIT
#include "stage/command_line.h"

#include <unistd.h>

#include <array>
#include <cstdlib>
#include <stdexcept>

#include "system/error.h"
#include "system/uninterrupted.h"
#include "system/unique_fd.h"

namespace latham::stage {
namespace {

std::string read_all(int fd) {
  const UniqueFd pipe(fd);
  std::string text;
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t got =
        uninterrupted([&] { return ::read(pipe.get(), buffer.data(), buffer.size()); });
    if (got < 0) throw_errno("read the command line");
    if (got == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace

CommandLine::CommandLine(int argc, char** argv) : argv_(argv, argv + argc) {
  if (argc == 2 && argv[1][0] == '@') {
    argv_.pop_back();
    late_ = read_all(std::atoi(argv[1] + 1));
    if (late_.empty()) throw std::runtime_error("no command line came");
    for (std::size_t from = 0; from < late_.size(); from = late_.find('\0', from) + 1)
      argv_.push_back(late_.data() + from);
  }
  argv_.push_back(nullptr);
}

}  // namespace latham::stage
