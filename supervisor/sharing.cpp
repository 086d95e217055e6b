// SPDX-License-Identifier: MIT
// Several encoders take what the same decoders give: what nobody needs any more.
#include <algorithm>

#include "supervisor/watch.h"

namespace latham::supervisor {
namespace {

bool takes_from(const Stage& encoder, std::size_t input) {
  return std::any_of(
      encoder.wants.begin(), encoder.wants.end(), [input](const control::Message& want) {
        return want.number("input") == std::optional(static_cast<std::int64_t>(input));
      });
}

}  // namespace

void Watch::release_sources() {
  std::size_t input = 0;  // decoders stand in the order of their inputs
  for (const auto& decoder : stages_) {
    if (decoder->kind() != "decoder") continue;
    bool full = false;
    bool wanted = false;
    for (const auto& encoder : stages_) {
      if (encoder->kind() != "encoder" || !takes_from(*encoder, input)) continue;
      full = full || encoder->full;
      wanted = wanted || (!encoder->full && !encoder->done);
    }
    ++input;
    if (full && !wanted && !decoder->stop_sent && !decoder->done && !decoder->has_ended())
      decoder->command(control::Command::stop);
  }
}

}  // namespace latham::supervisor
