// SPDX-License-Identifier: MIT
// Several encoders take what the same decoders give: what one lacks, and what nobody needs any more.
#include <fmt/format.h>

#include <algorithm>
#include <string>

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

/// An input that an encoder has waited for in vain may be held up by another one: see encoder/ahead.h.
void Watch::tell_sharers(const Stage& lacking, const control::Message& line) {
  const auto input = line.number("input");
  if (!input || *input < 0) return;
  for (const auto& stage : stages_)
    if (stage.get() != &lacking && stage->kind() == "encoder" && !stage->done &&
        takes_from(*stage, static_cast<std::size_t>(*input)))
      stage->tell({std::string(control::word(control::Command::ahead)),
                   {{"input", fmt::format("{}", *input)}},
                   {}});
}

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
