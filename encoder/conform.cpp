// SPDX-License-Identifier: MIT
#include "encoder/conform.h"

namespace latham::encoder {

bool Conform::takes_limited_only() const {
  return colours_.find("color_ranges=tv") != std::string::npos && !colours_.ends_with("|pc");
}

bool Conform::is_accepted(const AVFrame& frame) const {
  // Unknown ranges pass, as through FFmpeg's filters.
  if (takes_limited_only() && frame.color_range == AVCOL_RANGE_JPEG) return false;
  if (accepted_.empty()) return true;
  const char* name = av_get_pix_fmt_name(static_cast<AVPixelFormat>(frame.format));
  return name != nullptr &&
         ("|" + accepted_ + "|").find("|" + std::string(name) + "|") != std::string::npos;
}

void Conform::push(AVFrame& frame, const media::StreamNote& note,
                   const media::FilterGraph::Output& output) {
  const bool upright = media::upright_filters(media::display_matrix_of(frame, note)).empty();
  if (!graph_) {
    media::FilterRequest request;
    request.pixel_formats = accepted_;
    request.colours = colours_;
    if (seen_any_) {
      request.width = width_;
      request.height = height_;
      request.pixel_formats = av_get_pix_fmt_name(static_cast<AVPixelFormat>(format_));
    }
    const bool same =
        !seen_any_ || (frame.format == format_ && frame.width == width_ && frame.height == height_);
    if (same && upright && is_accepted(frame)) {
      seen_any_ = true;
      format_ = frame.format;
      width_ = frame.width;
      height_ = frame.height;
      if (!note.stays_as_coded) av_frame_remove_side_data(&frame, AV_FRAME_DATA_DISPLAYMATRIX);
      if (takes_limited_only() && frame.color_range == AVCOL_RANGE_UNSPECIFIED)
        frame.color_range = AVCOL_RANGE_MPEG;
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
