// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "supervisor/failure.h"

namespace latham::test {

/// What a call said when it refused.
struct Refusal {
  int code = -1;  ///< -1: it did not refuse.
  std::string line;
};

template <class Call>
Refusal refusal_of(Call&& call) {
  try {
    call();
  } catch (const supervisor::Failure& failure) {
    return {failure.code(), failure.what()};
  }
  return {};
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace latham::test

/// `call` throws a Failure with this exit code whose line holds `part`.
#define EXPECT_REFUSED(call, exit_code, part)                                          \
  do {                                                                                 \
    const ::latham::test::Refusal refusal = ::latham::test::refusal_of([&] { call; }); \
    EXPECT_EQ(refusal.code, exit_code) << refusal.line;                                \
    EXPECT_TRUE(::latham::test::contains(refusal.line, part)) << refusal.line;         \
  } while (false)
