// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "transport/channel.h"

/// The frames that the benchmarks send: 4:2:0 planes in which every byte follows from the frame's
/// number, the plane, the row and the column. So the consumer knows every byte without being told,
/// and a stale, torn, shifted or swapped piece of any size is found.
namespace latham::bench {

struct FrameSize {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint32_t bits = 8;  ///< 8, or 10 in two bytes a sample.

  bool operator==(const FrameSize&) const = default;
};

/// "1920x1080", or a usual name, "1080p" or "4k". Throws std::invalid_argument with what is wrong.
[[nodiscard]] FrameSize parse_size(std::string_view text, std::uint32_t bits);
[[nodiscard]] std::string to_text(const FrameSize& size);

/// Pixel bytes of one frame, without padding.
[[nodiscard]] std::uint64_t pixel_bytes(const FrameSize& size);
/// Bytes that a frame takes in memory, padding and guards included.
[[nodiscard]] std::uint64_t memory_bytes(const FrameSize& size);

/// The three planes laid out in `data` as every sender lays them out.
[[nodiscard]] std::vector<transport::Plane> planes_in(const std::byte* data, const FrameSize& size);

/// Writes every pixel byte of frame `number`. The planes must lie in writable memory.
void fill_frame(const std::vector<transport::Plane>& planes, std::uint64_t number) noexcept;

/// Reads every pixel byte. Nothing where this is frame `number` of that size; else what is wrong.
[[nodiscard]] std::optional<std::string> check_frame(const transport::Plane* planes,
                                                     std::uint32_t count, const FrameSize& size,
                                                     std::uint64_t number);

}  // namespace latham::bench
