// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "control/message.h"

namespace latham::test {

/// The input's lines.
inline std::vector<std::string> lines_of(const std::uint8_t* data, std::size_t size) {
  std::vector<std::string> lines(1);
  for (std::size_t i = 0; i < size; ++i) {
    if (data[i] == '\n')
      lines.emplace_back();
    else
      lines.back() += static_cast<char>(data[i]);
  }
  return lines;
}

/// Those of them that are messages.
inline std::vector<control::Message> messages_of(const std::uint8_t* data, std::size_t size) {
  std::vector<control::Message> messages;
  for (const std::string& line : lines_of(data, size))
    if (auto message = control::parse(line)) messages.push_back(std::move(*message));
  return messages;
}

}  // namespace latham::test
