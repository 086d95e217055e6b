// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <cstdio>
#include <exception>

#include "bench/commands.h"

int main(int argc, char** argv) {
  try {
    return latham::bench::run_command(std::vector<std::string>(argv + 1, argv + argc));
  } catch (const std::exception& error) {
    fmt::print(stderr, "latham bench: {}\n", error.what());
    return 1;
  }
}
