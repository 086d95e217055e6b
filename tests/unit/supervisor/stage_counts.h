// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <string>

#include "supervisor/verdict.h"

namespace latham::test {

/// What a stage counted: "frames_in=3 muxed=3".
inline supervisor::StageCounts stage(const char* name, const std::string& fields) {
  const std::string all = name;
  return {all.substr(0, all.find(' ')),
          all,
          control::parse(fields.empty() ? "done" : "done " + fields).value(),
          {}};
}

}  // namespace latham::test
