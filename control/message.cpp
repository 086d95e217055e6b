// SPDX-License-Identifier: MIT
#include "control/message.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "system/number.h"

namespace latham::control {
namespace {

// Own classifiers: the ones of <cctype> depend on the locale.
constexpr bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

/// [a-z][a-z0-9]* with `joiner` allowed after the first character.
constexpr bool is_name(std::string_view name, char joiner) {
  return !name.empty() && is_lower(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return is_lower(c) || is_digit(c) || c == joiner; });
}
constexpr bool is_word(std::string_view word) {
  return is_name(word, '-');
}
constexpr bool is_key(std::string_view key) {
  return is_name(key, '_');
}

enum class Kind { value, text };

/// Whether `c`, as character `index` of its value or text, travels as %XX.
constexpr bool needs_escape(char c, std::size_t index, Kind kind) {
  if (is_control(c) || c == '%') return true;
  return kind == Kind::value && (c == ' ' || (c == ':' && index == 0));
}

void append_escape(std::string& out, char c) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  out += '%';
  out += kHex[byte >> 4];
  out += kHex[byte & 15];
}

std::string escaped(std::string_view raw, Kind kind) {
  std::string out;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (needs_escape(raw[i], i, kind)) {
      append_escape(out, raw[i]);
    } else {
      out += raw[i];
    }
  }
  return out;
}

/// Bytes of the UTF-8 character at the front of `rest`; 1 where it is no whole one.
std::size_t character_length(std::string_view rest) {
  const auto lead = static_cast<unsigned char>(rest.front());
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  if (length > rest.size()) return 1;
  for (std::size_t i = 1; i < length; ++i) {
    if ((static_cast<unsigned char>(rest[i]) & 0xc0) != 0x80) return 1;
  }
  return length;
}

/// As many whole characters of `text` as fit into `room` bytes once escaped.
std::string escaped_prefix(std::string_view text, std::size_t room) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    const std::string next = escaped(text.substr(0, length), Kind::text);
    if (next.size() > room - out.size()) break;
    out += next;
    text.remove_prefix(length);
  }
  return out;
}

constexpr int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

std::optional<std::string> unescaped(std::string_view coded, Kind kind) {
  std::string out;
  for (std::size_t i = 0; i < coded.size(); ++i) {
    if (coded[i] != '%') {
      if (needs_escape(coded[i], i, kind)) return std::nullopt;
      out += coded[i];
      continue;
    }
    if (coded.size() - i < 3) return std::nullopt;
    const int high = hex_digit(coded[i + 1]);
    const int low = hex_digit(coded[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(static_cast<unsigned char>(high * 16 + low));
    i += 2;
  }
  return out;
}

}  // namespace

std::string Message::get(const std::string& key, std::string_view fallback) const {
  const auto found = fields.find(key);
  return found == fields.end() ? std::string(fallback) : found->second;
}

std::optional<std::int64_t> Message::number(const std::string& key) const {
  const auto found = fields.find(key);
  if (found == fields.end()) return std::nullopt;
  return parse_number<std::int64_t>(found->second);
}

std::string format(const Message& message) {
  if (!is_word(message.word)) {
    throw std::invalid_argument(
        fmt::format("control line: '{}' is no word", escaped(message.word, Kind::text)));
  }
  std::string line = message.word;
  for (const auto& [key, value] : message.fields) {
    if (!is_key(key)) {
      throw std::invalid_argument(
          fmt::format("control line '{}': '{}' is no key", message.word, escaped(key, Kind::text)));
    }
    line += ' ';
    line += key;
    line += '=';
    line += escaped(value, Kind::value);
  }
  constexpr std::size_t kRoom = kMaxLine - 1;  // the newline takes one
  if (line.size() > kRoom) {
    throw std::length_error(fmt::format("control line '{}': its fields take {} bytes, {} fit",
                                        message.word, line.size(), kRoom));
  }
  constexpr std::string_view kTextMark = " :";
  if (!message.text.empty() && kRoom - line.size() > kTextMark.size()) {
    const std::string text = escaped_prefix(message.text, kRoom - line.size() - kTextMark.size());
    if (!text.empty()) {
      line += kTextMark;
      line += text;
    }
  }
  line += '\n';
  return line;
}

std::optional<Message> parse(std::string_view line) {
  if (line.size() > kMaxLine - 1) return std::nullopt;
  const std::size_t word_end = std::min(line.find(' '), line.size());
  Message message;
  message.word = line.substr(0, word_end);
  if (!is_word(message.word)) return std::nullopt;
  line.remove_prefix(word_end);

  // Each turn takes one space and what follows it, so two spaces, or one at the end, break the
  // line.
  while (!line.empty()) {
    line.remove_prefix(1);
    if (line.starts_with(':')) {
      auto text = unescaped(line.substr(1), Kind::text);
      if (!text) return std::nullopt;
      message.text = std::move(*text);
      return message;
    }
    const std::string_view field = line.substr(0, line.find(' '));
    const std::size_t equals = field.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string_view key = field.substr(0, equals);
    auto value = unescaped(field.substr(equals + 1), Kind::value);
    if (!is_key(key) || !value) return std::nullopt;
    if (!message.fields.emplace(key, std::move(*value)).second) return std::nullopt;
    line.remove_prefix(field.size());
  }
  return message;
}

}  // namespace latham::control
