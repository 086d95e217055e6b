// SPDX-License-Identifier: MIT
#include "encoder/in_step.h"

#include <algorithm>

namespace latham::encoder {

InStep::InStep(const std::vector<std::optional<int>>& first) : inputs_(first.size()) {
  for (std::size_t i = 0; i < first.size(); ++i) inputs_[i].first = first[i];
  active_ =
      std::count_if(first.begin(), first.end(), [](const auto& f) { return f.has_value(); }) > 1;
}

void InStep::reached(std::size_t input, std::int64_t time_us) {
  Input& i = inputs_.at(input);
  i.reached_us = std::max(i.reached_us, time_us);
}

void InStep::ended(std::size_t input) {
  inputs_.at(input).open = false;
}

bool InStep::may_take(std::size_t input) const {
  const Input& own = inputs_.at(input);
  if (!active_) return true;
  return std::all_of(inputs_.begin(), inputs_.end(), [&](const Input& other) {
    if (!other.first || !other.open || other.reached_us > own.reached_us) return true;
    return other.reached_us == own.reached_us && (!own.first || *own.first <= *other.first);
  });
}

}  // namespace latham::encoder
