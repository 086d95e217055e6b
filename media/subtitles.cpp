// SPDX-License-Identifier: MIT
#include "media/subtitles.h"

#include <algorithm>
#include <cstring>

#include "media/byte_stream.h"
#include "media/messages.h"

namespace latham::media {
namespace {

constexpr int kLargestSide = 16384;

void put(ByteWriter& w, const SubtitlePicture& p) {
  for (const int value : {p.x, p.y, p.width, p.height}) w.number(std::int32_t{value});
  w.bytes(p.palette.data(), p.palette.size() * sizeof(p.palette[0]));
  w.bytes(p.pixels.data(), p.pixels.size());
}

SubtitlePicture get_picture(ByteReader& r) {
  SubtitlePicture p;
  for (int* value : {&p.x, &p.y, &p.width, &p.height}) *value = r.number<std::int32_t>();
  const auto palette = r.bytes();
  const auto pixels = r.bytes();
  const auto is_side = [](int length) { return length > 0 && length <= kLargestSide; };
  const auto is_place = [](int at) { return at >= -kLargestSide && at <= kLargestSide; };
  if (!is_side(p.width) || !is_side(p.height) || !is_place(p.x) || !is_place(p.y) ||
      palette.size() % sizeof(p.palette[0]) != 0 ||
      pixels.size() != static_cast<std::size_t>(p.width) * static_cast<std::size_t>(p.height))
    throw std::runtime_error("message between stages: a subtitle's picture that makes no sense");
  p.palette.resize(std::min<std::size_t>(palette.size() / sizeof(p.palette[0]), 256));
  p.colours = static_cast<int>(p.palette.size());
  if (!palette.empty())
    std::memcpy(p.palette.data(), palette.data(), p.palette.size() * sizeof(p.palette[0]));
  // Whatever a pixel says, it has a colour.
  p.palette.resize(256);
  p.pixels.assign(pixels.begin(), pixels.end());
  return p;
}

}  // namespace

void write_subtitle_track(const SubtitleTrack& track, std::vector<std::byte>& out) {
  ByteWriter w = begin_message(MessageKind::subtitle_track, out);
  w.number(std::int32_t{track.stream});
  w.text(track.header);
}

SubtitleTrack read_subtitle_track(std::span<const std::byte> message) {
  ByteReader r = open_message(message, MessageKind::subtitle_track);
  SubtitleTrack track;
  track.stream = r.number<std::int32_t>();
  track.header = r.text();
  return track;
}

void write_subtitle(const SubtitleEvent& event, std::vector<std::byte>& out) {
  ByteWriter w = begin_message(MessageKind::subtitle, out);
  w.number(std::int32_t{event.stream});
  w.number(event.start_us);
  w.number(event.end_us);
  w.number(std::int32_t{event.canvas_width});
  w.number(std::int32_t{event.canvas_height});
  w.number(static_cast<std::uint32_t>(event.lines.size()));
  for (const std::string& line : event.lines) w.text(line);
  w.number(static_cast<std::uint32_t>(event.pictures.size()));
  for (const SubtitlePicture& picture : event.pictures) put(w, picture);
}

SubtitleEvent read_subtitle(std::span<const std::byte> message) {
  ByteReader r = open_message(message, MessageKind::subtitle);
  SubtitleEvent event;
  event.stream = r.number<std::int32_t>();
  event.start_us = r.number<std::int64_t>();
  event.end_us = r.number<std::int64_t>();
  for (int* side : {&event.canvas_width, &event.canvas_height})
    *side = std::clamp(int{r.number<std::int32_t>()}, 0, kLargestSide);
  for (std::uint32_t n = r.count(4); n > 0; --n) event.lines.push_back(r.text());
  for (std::uint32_t n = r.count(24); n > 0; --n) event.pictures.push_back(get_picture(r));
  return event;
}

}  // namespace latham::media
