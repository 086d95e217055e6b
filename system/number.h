// SPDX-License-Identifier: MIT
#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>
#include <vector>

namespace latham {

/// The whole of `text` as a number in C's spelling, whatever the locale; nothing where it is none, or one that T cannot
/// hold. "inf" and "nan" are numbers of a floating type.
template <class T>
[[nodiscard]] std::optional<T> parse_number(std::string_view text) noexcept {
  T number{};
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, number);
  if (error != std::errc() || end != last) return std::nullopt;
  return number;
}

/// "1,2,5"; nothing where a part of it is no number. An empty text is an empty list.
template <class T>
[[nodiscard]] std::optional<std::vector<T>> parse_numbers(std::string_view list) {
  std::vector<T> numbers;
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    const auto number = parse_number<T>(list.substr(0, comma));
    if (!number || comma == list.size() - 1) return std::nullopt;
    numbers.push_back(*number);
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  }
  return numbers;
}

}  // namespace latham
