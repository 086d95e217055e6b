// SPDX-License-Identifier: MIT
#include "viewer/overlay.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "viewer/colour.h"
#include "viewer/title.h"
#include "viewer/tone_map.h"

namespace latham::viewer {
namespace {

std::string row(std::string_view name, std::string_view value) {
  return fmt::format("{:<9}{}", name, value);
}

std::string format_text(const AVFrame& frame) {
  const char* format = av_get_pix_fmt_name(static_cast<AVPixelFormat>(frame.format));
  std::string text =
      fmt::format("{}x{} {}", frame.width, frame.height, format != nullptr ? format : "unknown");
  const AVRational sar = frame.sample_aspect_ratio;
  text += sar.num > 0 && sar.den > 0 ? fmt::format("  SAR {}:{}", sar.num, sar.den) : "  SAR 1:1?";
  if (media::is_interlaced(frame))
    text +=
        media::is_top_field_first(frame) ? "  interlaced, top first" : "  interlaced, bottom first";
  return text;
}

/// "decoder:87,encoder:99" as "decoder 87 %  encoder 99 %"
std::string listed(const std::string& list, std::string_view unit) {
  std::string text;
  for (const char c : list) {
    if (c == ':')
      text += ' ';
    else if (c == ',')
      text += std::string(unit) + "  ";
    else
      text += c;
  }
  return text + std::string(unit);
}

/// Of the beginnings of sound and pictures.
std::string offset_text(std::int64_t offset_us) {
  const auto ms = std::llround(static_cast<double>(offset_us) / 1000);
  if (ms == 0) return "sound begins with the pictures";
  return fmt::format("sound begins {} ms {} the pictures", std::abs(ms),
                     ms > 0 ? "after" : "before");
}

}  // namespace

std::vector<std::string> picture_lines(const AVFrame& frame, const ShownFacts& facts) {
  const Colour colour = colour_of(frame);
  std::vector<std::string> lines;
  if (facts.seconds)
    lines.push_back(
        row("time", fmt::format("{}  pts {}", clock_text(*facts.seconds, 3), frame.pts)));
  lines.push_back(row("format", format_text(frame)));
  lines.push_back(row("colour", colour.text()));
  if (colour.is_hdr())
    lines.push_back(row("light", fmt::format("up to {:.0f} cd/m2", peak_nits_of(frame))));
  std::string rates =
      fmt::format("frame {}, type {}", facts.number, av_get_picture_type_char(frame.pict_type));
  if (facts.fps_in) rates += fmt::format("  in {:.1f} fps", *facts.fps_in);
  if (facts.fps_out) rates += fmt::format("  shown {:.1f} fps", *facts.fps_out);
  lines.push_back(row("frames", rates));
  lines.push_back(row("viewer", fmt::format("{} shown, {} skipped, {}", facts.shown, facts.skipped,
                                            facts.renderer)));
  return lines;
}

std::string sound_line(const SoundFacts& facts) {
  if (!facts.has_device) return row("sound", "no device");
  if (!facts.stream) return row("sound", "none");
  std::string text = fmt::format("stream {}, {:.0f} %", *facts.stream, facts.volume * 100);
  if (facts.muted) text += ", mute";
  if (facts.speed != 1) text += fmt::format(", speed {:.2f}", facts.speed);
  if (facts.apart_ms) text += fmt::format(", A/V {:+.0f} ms", *facts.apart_ms);
  return row("sound", text);
}

std::string subtitle_line(const std::string& track) {
  return row("subtitle", track);
}

std::vector<std::string> job_lines(const control::Message& facts) {
  std::vector<std::string> lines;
  std::string state = facts.get("state");
  if (const std::string fps = facts.get("fps"); !fps.empty()) state += fmt::format("  {} fps", fps);
  if (!state.empty()) lines.push_back(row("job", state));
  if (const std::string load = facts.get("load"); !load.empty())
    lines.push_back(row("load", listed(load, " %")));
  if (const std::string queued = facts.get("queued"); !queued.empty())
    lines.push_back(row("queued", listed(queued, "")));
  if (const auto offset_us = facts.number("sound_offset_us"))
    lines.push_back(row("A/V", offset_text(*offset_us)));
  return lines;
}

std::vector<std::string> help_lines(Use use) {
  std::vector<std::string> lines;
  for (const Key& key : keys()) {
    if (key.use == Use::any || key.use == use)
      lines.push_back(fmt::format("{:<12}{}", key.name, key.does));
  }
  lines.push_back(fmt::format("{:<12}{}", "?", "these keys"));
  return lines;
}

}  // namespace latham::viewer
