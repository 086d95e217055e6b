// SPDX-License-Identifier: MIT
#pragma once

#include <ostream>

#include "control/message.h"

namespace latham::control {

[[nodiscard]] inline bool operator==(const Message& left, const Message& right) {
  return left.word == right.word && left.fields == right.fields && left.text == right.text;
}

/// For GoogleTest's failure text.
inline void PrintTo(const Message& message, std::ostream* out) {
  *out << format(message);
}

}  // namespace latham::control
