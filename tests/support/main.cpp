// SPDX-License-Identifier: MIT
// main() of every test program: the tests, or one child role of them.
#include <gtest/gtest.h>

#include "tests/support/child.h"

int main(int argc, char** argv) {
  if (const auto code = latham::test::run_child_if_asked(argc, argv)) return *code;
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
