// SPDX-License-Identifier: MIT
#include "decoder/kept_frames.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

extern "C" {
#include <libavutil/mathematics.h>
#include <libavutil/parseutils.h>
}

namespace latham::decoder {

KeptFrames::KeptFrames(const std::string& filter_graph) {
  constexpr std::array<std::pair<std::string_view, std::size_t>, 8> kHolds = {{{"", 1},
                                                                               {"null", 1},
                                                                               {"setpts", 1},
                                                                               {"crop", 1},
                                                                               {"format", 1},
                                                                               {"yadif", 3},
                                                                               {"bwdif", 3},
                                                                               {"w3fdif", 3}}};
  const std::string name = filter_graph.substr(0, filter_graph.find_first_of(",=@; "));
  const auto found =
      std::find_if(kHolds.begin(), kHolds.end(), [&](const auto& h) { return h.first == name; });
  most_ = found == kHolds.end() ? 0 : found->second;
  if (name != "fps" || filter_graph.size() < 5) return;
  std::string rate = filter_graph.substr(4, filter_graph.find_first_of(",:;") - 4);
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
