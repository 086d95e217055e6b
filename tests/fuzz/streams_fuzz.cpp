// SPDX-License-Identifier: MIT
// Fuzzes what goes beside the frames: a stream table behind a 'T', else a message of the packet channel.
#include <cstdint>
#include <exception>
#include <span>

#include "media/stream_table.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace latham::media;
  const auto message = std::as_bytes(std::span(data, size));
  try {
    if (size > 0 && data[0] == 'T') {
      (void)read_table(message.subspan(1));
      return 0;
    }
    switch (kind_of(message)) {
      case MessageKind::mark:
        (void)read_mark(message);
        break;
      case MessageKind::packet:
        (void)read_packet(message);
        break;
      case MessageKind::audio: {
        const Frame frame = make_frame();
        (void)read_audio(message, *frame);
        break;
      }
      case MessageKind::end:
        break;
    }
  } catch (const std::exception&) {
    // Refused: the stage ends with an error line.
  }
  return 0;
}
