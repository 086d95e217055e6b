// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "supervisor/console.h"
#include "supervisor/failure.h"
#include "supervisor/subcommands.h"

namespace {

/// What a careless parent may have left us without: descriptors 0 to 2, so that no file of ours
/// gets such a number, and SIGCHLD, without which the ends of the stages cannot be read. And a reader who has left
/// must not end us.
void repair_inheritance() {
  int fd = 0;
  do {
    fd = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  } while (fd >= 0 && fd <= 2);
  if (fd > 2) ::close(fd);
  std::signal(SIGCHLD, SIG_DFL);
  std::signal(SIGPIPE, SIG_IGN);
}

void complain(const std::exception& error) {
  latham::supervisor::Console(stderr).say(fmt::format("latham: {}\n", error.what()));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    repair_inheritance();
    return latham::supervisor::run_subcommand(std::vector<std::string>(argv + 1, argv + argc));
  } catch (const latham::supervisor::Failure& failure) {
    complain(failure);
    return failure.code();
  } catch (const std::exception& error) {
    complain(error);
    return static_cast<int>(latham::supervisor::ExitCode::failed);
  }
}
