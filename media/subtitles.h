// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

/// Decoded subtitles as messages on the packet channel, beside those of messages.h: a track, then
/// what it says.
namespace latham::media {

/// From here on events are of this stream.
struct SubtitleTrack {
  int stream = -1;     ///< In the input; -1: none is decoded.
  std::string header;  ///< Of text: the styles, as the head of an ASS file. "" for pictures.
};

/// A part of the screen in colours of a palette.
struct SubtitlePicture {
  int x = 0;  ///< On the event's canvas.
  int y = 0;
  int width = 0;
  int height = 0;
  int colours = 0;                     ///< Of the palette that the stream gave; at most 256.
  std::vector<std::uint32_t> palette;  ///< 0xAARRGGBB; read back it has 256, the rest transparent.
  std::vector<std::byte> pixels;       ///< Row after row without gaps.
};

inline constexpr std::int64_t kNoEnd = INT64_MAX;

/// Lines that are added to what is shown, or pictures that replace the ones before; no pictures
/// clear the screen.
struct SubtitleEvent {
  int stream = -1;  ///< In the input.
  std::int64_t start_us = 0;
  std::int64_t end_us = kNoEnd;  ///< At the latest.
  int canvas_width = 0;          ///< Of pictures; 0 where the stream does not say: the film's.
  int canvas_height = 0;
  std::vector<std::string> lines;  ///< As in Matroska: "0,0,Default,,0,0,0,,Text".
  std::vector<SubtitlePicture> pictures;
};

void write_subtitle_track(const SubtitleTrack& track, std::vector<std::byte>& out);
void write_subtitle(const SubtitleEvent& event, std::vector<std::byte>& out);

/// These throw std::runtime_error for bytes that are not such a message. Pictures that are read lie
/// within their palette and have all of their pixels.
[[nodiscard]] SubtitleTrack read_subtitle_track(std::span<const std::byte> message);
[[nodiscard]] SubtitleEvent read_subtitle(std::span<const std::byte> message);

}  // namespace latham::media
