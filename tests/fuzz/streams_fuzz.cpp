// SPDX-License-Identifier: MIT
// Fuzzes what goes beside the frames: a message of the packet channel, and behind a 'T' a stream table, too.
#include <cstdint>
#include <exception>
#include <span>

#include "media/messages.h"
#include "media/stream_table.h"
#include "media/subtitles.h"

namespace {

void read_as_table(std::span<const std::byte> bytes) {
  try {
    (void)latham::media::read_table(bytes);
  } catch (const std::exception&) {
    // Refused: the stage ends with an error line.
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace latham::media;
  const auto message = std::as_bytes(std::span(data, size));
  if (size > 0 && data[0] == 'T') read_as_table(message.subspan(1));
  try {
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
      case MessageKind::subtitle_track:
        (void)read_subtitle_track(message);
        break;
      case MessageKind::subtitle:
        (void)read_subtitle(message);
        break;
      case MessageKind::progress:
      case MessageKind::end:
        break;
    }
  } catch (const std::exception&) {
    // Refused as well.
  }
  return 0;
}
