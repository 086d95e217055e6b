// SPDX-License-Identifier: MIT
#include "encoder/in_step.h"

#include <algorithm>

namespace latham::encoder {

InStep::InStep(std::vector<bool> counts) : inputs_(counts.size()) {
  for (std::size_t i = 0; i < counts.size(); ++i) inputs_[i].counts = counts[i];
  active_ = std::count(counts.begin(), counts.end(), true) > 1;
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
    return !other.counts || !other.open || other.reached_us >= own.reached_us;
  });
}

}  // namespace latham::encoder
