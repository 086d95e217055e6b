// SPDX-License-Identifier: MIT
#include "decoder/kept_frames.h"

#include <algorithm>
#include <array>
#include <string_view>

extern "C" {
#include <libavutil/mathematics.h>
#include <libavutil/parseutils.h>
}

namespace latham::decoder {
namespace {

std::string_view name_of(std::string_view filter) {
  return filter.substr(0, filter.find_first_of("=@"));
}

/// Passes on the picture that it was given.
bool passes_on(std::string_view name) {
  constexpr std::array<std::string_view, 14> kNames = {
      "null",      "crop",     "format",   "noformat", "vflip",  "setpts",   "settb",
      "setparams", "setfield", "setrange", "setsar",   "setdar", "showinfo", "metadata"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

/// The first filter of a graph that does something else than pass on its pictures; empty where none does.
std::string_view first_that_holds(std::string_view graph) {
  while (!graph.empty()) {
    graph.remove_prefix(std::min(graph.find_first_not_of(" \t\n"), graph.size()));
    const std::string_view filter = graph.substr(0, graph.find_first_of(",;"));
    if (!passes_on(name_of(filter))) return filter;
    graph.remove_prefix(std::min(filter.size() + 1, graph.size()));
  }
  return {};
}

}  // namespace

KeptFrames::KeptFrames(const std::string& filter_graph) {
  const std::string_view first = first_that_holds(filter_graph);
  const std::string_view name = name_of(first);
  if (first.empty()) {
    most_ = 1;
  } else {
    most_ = name == "yadif" || name == "bwdif" || name == "w3fdif" ? 3 : 0;
  }
  if (name != "fps" || first.size() < 5) return;
  std::string rate(first.substr(4, first.find(':') - 4));
  if (rate.starts_with("fps=")) rate.erase(0, 4);
  if (av_parse_video_rate(&fps_, rate.c_str()) < 0) fps_ = {0, 1};
}

void KeptFrames::push(const AVFrame& frame, AVRational time_base) {
  media::Frame held = media::make_frame();
  if (av_frame_ref(held.get(), &frame) < 0) throw std::bad_alloc();
  if (fps_.num > 0) {
    push_fps(std::move(held), time_base);
    return;
  }
  kept_.push_back(std::move(held));
  while (kept_.size() > most_) kept_.pop_front();
}

void KeptFrames::push_fps(media::Frame frame, AVRational time_base) {
  // The filter shows a frame once it knows when the next one comes, and drops it where that is in time
  // for the same tick.
  if (frame->pts != AV_NOPTS_VALUE)
    frame->pts = av_rescale_q_rnd(frame->pts, time_base, av_inv_q(fps_), AV_ROUND_NEAR_INF);
  if (next_ == AV_NOPTS_VALUE) next_ = frame->pts;
  if (waiting_ && frame->pts > next_) {
    next_ = frame->pts;
    shown_ = std::move(waiting_);
  }
  waiting_ = std::move(frame);
}

}  // namespace latham::decoder
