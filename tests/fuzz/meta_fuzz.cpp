// SPDX-License-Identifier: MIT
// Fuzzes what travels with a frame: bytes that a stage takes from another's slot.
#include <cstdint>
#include <span>

#include "media/frame_meta.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  latham::media::Frame frame = latham::media::make_frame();
  latham::media::StreamNote note;
  (void)latham::media::read_meta(std::as_bytes(std::span(data, size)), *frame, note);
  return 0;
}
