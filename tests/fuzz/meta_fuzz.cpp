// SPDX-License-Identifier: MIT
// Fuzzes what travels with a frame: bytes that a stage takes from another's slot. Four bytes in front say which of the
// fields that have one right value hold it, so that the others are looked at, too.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <vector>

#include "media/frame_meta.h"

namespace {

using namespace latham::media;

constexpr const char* kFormats[] = {"yuv420p", "yuv420p10le",  "gray", "rgb24",
                                    "nv12",    "yuva444p12le", "pal8", "bayer_rggb8"};

enum Mend : std::uint8_t { version = 1, format = 2, size = 4, times = 8, side_data = 16 };

void mend(const std::uint8_t* how, std::vector<std::byte>& bytes) {
  FrameMeta meta{};
  if (bytes.size() < sizeof(meta)) return;
  std::memcpy(&meta, bytes.data(), sizeof(meta));
  if ((how[0] & version) != 0) meta.version = kFrameMetaVersion, meta.bytes = sizeof(meta);
  if ((how[0] & format) != 0) {
    std::memset(meta.pixel_format, 0, sizeof(meta.pixel_format));
    std::strcpy(meta.pixel_format, kFormats[how[1] % std::size(kFormats)]);
  }
  if ((how[0] & size) != 0) {
    meta.width = 1 + how[2];
    meta.height = 1 + how[3];
  }
  if ((how[0] & times) != 0) {
    for (std::int32_t* ratio : {meta.time_base, meta.source_time_base, meta.frame_rate, meta.sar}) {
      ratio[0] = 1;
      ratio[1] = 25;
    }
  }
  if ((how[0] & side_data) != 0) meta.side_data_count = how[1] % 8U;
  std::memcpy(bytes.data(), &meta, sizeof(meta));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 4) return 0;
  const auto input = std::as_bytes(std::span(data + 4, size - 4));
  std::vector<std::byte> bytes(input.begin(), input.end());
  mend(data, bytes);
  Frame frame = make_frame();
  StreamNote note;
  if (!read_meta(bytes, *frame, note)) return 0;
  // What was taken can be handed on, and is then taken again.
  std::vector<std::byte> again;
  (void)write_meta(*frame, note, std::size_t{1} << 20, again);
  Frame second = make_frame();
  StreamNote second_note;
  if (!read_meta(again, *second, second_note)) std::abort();
  if (second->pts != frame->pts || second->width != frame->width ||
      second_note.end_time_us != note.end_time_us)
    std::abort();
  return 0;
}
