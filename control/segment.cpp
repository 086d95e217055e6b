// SPDX-License-Identifier: MIT
#include "control/segment.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace latham::control {
namespace {

constexpr std::array<std::pair<const char*, std::int64_t Segment::*>, 5> kNumbers = {
    {{"stream", &Segment::stream},
     {"number", &Segment::number},
     {"offset", &Segment::offset},
     {"bytes", &Segment::bytes},
     {"packets", &Segment::packets}}};

bool is_hash(std::string_view text) {
  return text.size() == 16 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

}  // namespace

Message segment_message(const Segment& segment) {
  Message message{"segment", {{"hash", segment.hash}}, {}};
  for (const auto& [name, number] : kNumbers)
    message.fields[name] = std::to_string(segment.*number);
  return message;
}

std::optional<Segment> segment_from(const Message& message) {
  // Far from where sums overflow.
  constexpr std::int64_t kMost = std::int64_t{1} << 60;
  if (message.word != "segment") return std::nullopt;
  Segment segment;
  for (const auto& [name, number] : kNumbers) {
    const auto value = message.number(name);
    if (!value || *value < 0 || *value > kMost) return std::nullopt;
    segment.*number = *value;
  }
  segment.hash = message.get("hash");
  if (!is_hash(segment.hash)) return std::nullopt;
  return segment;
}

}  // namespace latham::control
