// SPDX-License-Identifier: MIT
#include "encoder/conform.h"

namespace latham::encoder {

bool Conform::is_accepted(int format) const {
  if (accepted_.empty()) return true;
  const char* name = av_get_pix_fmt_name(static_cast<AVPixelFormat>(format));
  return name != nullptr &&
         ("|" + accepted_ + "|").find("|" + std::string(name) + "|") != std::string::npos;
}

void Conform::push(AVFrame& frame, const media::StreamNote& note,
                   const media::FilterGraph::Output& output) {
  const bool upright = media::upright_filters(media::display_matrix_of(frame, note)).empty();
  if (!graph_) {
    media::FilterRequest request;
    request.pixel_formats = accepted_;
    if (seen_any_) {
      request.width = width_;
      request.height = height_;
      request.pixel_formats = av_get_pix_fmt_name(static_cast<AVPixelFormat>(format_));
    }
    const bool same =
        !seen_any_ || (frame.format == format_ && frame.width == width_ && frame.height == height_);
    if (same && upright && is_accepted(frame.format)) {
      seen_any_ = true;
      format_ = frame.format;
      width_ = frame.width;
      height_ = frame.height;
      output(frame, note);
      return;
    }
    graph_.emplace(std::move(request));
  }
  seen_any_ = true;
  ++converted_;
  graph_->push(frame, note, output);
}

void Conform::finish(const media::FilterGraph::Output& output) {
  if (graph_) graph_->finish(output);
}

}  // namespace latham::encoder
