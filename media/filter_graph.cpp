// SPDX-License-Identifier: MIT
#include "media/filter_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "media/filter_parts.h"
#include "system/failure.h"

extern "C" {
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavutil/display.h>
#include <libavutil/opt.h>
}

namespace latham::media {
namespace {

std::string source_arguments(const AVFrame& frame, const StreamNote& note) {
  const AVRational sar =
      frame.sample_aspect_ratio.den == 0 ? AVRational{0, 1} : frame.sample_aspect_ratio;
  std::string args = fmt::format("video_size={}x{}:pix_fmt={}:time_base={}/{}:pixel_aspect={}/{}",
                                 frame.width, frame.height, frame.format, note.time_base.num,
                                 note.time_base.den, sar.num, sar.den);
  if (note.frame_rate.num > 0 && note.frame_rate.den > 0)
    args += fmt::format(":frame_rate={}/{}", note.frame_rate.num, note.frame_rate.den);
  if (kFilterSourcesTakeColours)
    args += fmt::format(":colorspace={}:range={}", static_cast<int>(frame.colorspace),
                        static_cast<int>(frame.color_range));
  return args;
}

}  // namespace

std::string accepted_formats(const AVCodec& encoder) {
  std::string names;
  const AVPixelFormat* format = encoder_pixel_formats(encoder);
  for (; format != nullptr && *format != AV_PIX_FMT_NONE; ++format)
    names += fmt::format("{}{}", names.empty() ? "" : "|", av_get_pix_fmt_name(*format));
  return names;
}

const std::int32_t* display_matrix_of(const AVFrame& frame, const StreamNote& note) {
  if (note.stays_as_coded) return nullptr;
  const AVFrameSideData* sd = av_frame_get_side_data(&frame, AV_FRAME_DATA_DISPLAYMATRIX);
  if (sd != nullptr && sd->size >= 9 * sizeof(std::int32_t))
    return reinterpret_cast<const std::int32_t*>(sd->data);
  return note.has_display_matrix ? note.display_matrix : nullptr;
}

std::string upright_filters(const std::int32_t* matrix) {
  if (matrix == nullptr) return {};
  double angle = -std::round(av_display_rotation_get(matrix));
  if (std::isnan(angle)) return {};
  angle -= 360 * std::floor(angle / 360 + 0.9 / 360);
  if (std::fabs(angle - 90) < 1.0)
    return matrix[3] > 0 ? "transpose=cclock_flip" : "transpose=clock";
  if (std::fabs(angle - 180) < 1.0) {
    const bool h = matrix[0] < 0;
    const bool v = matrix[4] < 0;
    return h && v ? "hflip,vflip" : h ? "hflip" : v ? "vflip" : "";
  }
  if (std::fabs(angle - 270) < 1.0)
    return matrix[3] < 0 ? "transpose=clock_flip" : "transpose=cclock";
  if (std::fabs(angle) > 1.0) return fmt::format("rotate={:f}*PI/180", angle);
  return matrix[4] < 0 ? "vflip" : "";
}

FilterGraph::FilterGraph(FilterRequest request) : request_(std::move(request)) {
  Graph trial(checked(avfilter_graph_alloc()));
  (void)parse_filters(*trial, request_.description);
}

bool FilterGraph::must_build(const AVFrame& frame, const StreamNote& note) const {
  if (!graph_ || frame.format != format_ || frame.width != width_ || frame.height != height_)
    return true;
  const std::int32_t* matrix = display_matrix_of(frame, note);
  if (has_matrix_ != (matrix != nullptr)) return true;
  return matrix != nullptr && std::memcmp(matrix, matrix_, sizeof(matrix_)) != 0;
}

void FilterGraph::build(const AVFrame& frame, const StreamNote& note) {
  const std::int32_t* matrix = display_matrix_of(frame, note);
  has_matrix_ = matrix != nullptr;
  if (matrix != nullptr) std::copy_n(matrix, 9, matrix_);
  format_ = frame.format;
  width_ = frame.width;
  height_ = frame.height;

  graph_.reset(checked(avfilter_graph_alloc()));
  AVFilterGraph* graph = graph_.get();
  if (!request_.threads.empty()) av_opt_set(graph, "threads", request_.threads.c_str(), 0);
  // The one that comes last counts.
  const std::string scaling =
      "flags=bicubic" + (request_.sws_flags.empty() ? "" : ":sws_flags=" + request_.sws_flags);
  graph->scale_sws_opts = av_strdup(scaling.c_str());

  const std::string& description = request_.description;
  const ParsedFilters filters = parse_filters(*graph, description);

  // In: the source, then whatever turns the picture upright.
  FilterEnd last;
  append_filter(*graph, last, "buffer", "in", source_arguments(frame, note), description);
  source_ = last.filter;
  const std::string upright = upright_filters(matrix);
  for (std::size_t at = 0; at < upright.size();) {
    const std::size_t comma = std::min(upright.find(',', at), upright.size());
    const std::string one = upright.substr(at, comma - at);
    const std::size_t equals = std::min(one.find('='), one.size());
    append_filter(*graph, last, one.substr(0, equals), fmt::format("upright{}", at),
                  equals < one.size() ? one.substr(equals + 1) : "", upright);
    at = comma + 1;
  }
  append_parsed(last, filters, description);

  // Out: size, pixel format, sink.
  if (request_.width != 0 || request_.height != 0)
    append_filter(*graph, last, "scale", "scaler_out",
                  fmt::format("{}:{}:{}", request_.width, request_.height, scaling), description);
  std::string accepted = request_.pixel_formats;
  if (!request_.colours.empty()) accepted += (accepted.empty() ? "" : ":") + request_.colours;
  if (!accepted.empty()) append_filter(*graph, last, "format", "format", accepted, description);
  append_filter(*graph, last, "buffersink", "out", "", description);
  sink_ = last.filter;

  const int code = avfilter_graph_config(graph, nullptr);
  if (code < 0) fail_filters(description, code);
  ++builds_;

  // A later graph must come out with the same size and format.
  request_.width = av_buffersink_get_w(sink_);
  request_.height = av_buffersink_get_h(sink_);
  request_.pixel_formats =
      av_get_pix_fmt_name(static_cast<AVPixelFormat>(av_buffersink_get_format(sink_)));
}

void FilterGraph::push(AVFrame& frame, const StreamNote& note, const Output& output) {
  if (must_build(frame, note)) {
    if (graph_) {
      pull(output);
      drop_rest();
    }
    build(frame, note);
  }
  in_ = out_ = note;
  out_.time_base = av_buffersink_get_time_base(sink_);
  out_.frame_rate = av_buffersink_get_frame_rate(sink_);
  if (kFramesCarryDuration) out_.source_time_base = out_.time_base;
  if (!changes_no_data(*graph_)) out_.bits_per_raw_sample = 0;
  // It was applied, whoever brought it.
  out_.has_display_matrix = false;
  out_.stays_as_coded = true;
  const int code = av_buffersrc_add_frame_flags(source_, &frame, AV_BUFFERSRC_FLAG_PUSH);
  if (code < 0 && code != AVERROR_EOF)
    throw StageFailure(FailureKind::failed, fmt::format("filter a frame with '{}': {}",
                                                        request_.description, error_text(code)));
  pull(output);
}

void FilterGraph::pull(const Output& output) {
  Frame frame = make_frame();
  for (;;) {
    int code = 0;
    while ((code = av_buffersink_get_frame_flags(sink_, frame.get(),
                                                 AV_BUFFERSINK_FLAG_NO_REQUEST)) >= 0) {
      if (!in_.stays_as_coded) av_frame_remove_side_data(frame.get(), AV_FRAME_DATA_DISPLAYMATRIX);
      output(*frame, out_);
      av_frame_unref(frame.get());
    }
    if (code != AVERROR(EAGAIN) && code != AVERROR_EOF)
      throw StageFailure(FailureKind::failed, fmt::format("filter a frame with '{}': {}",
                                                          request_.description, error_text(code)));
    if (code == AVERROR_EOF) return;
    code = avfilter_graph_request_oldest(graph_.get());
    if (code == AVERROR(EAGAIN)) return;
    if (code < 0 && code != AVERROR_EOF)
      throw StageFailure(FailureKind::failed, fmt::format("filter a frame with '{}': {}",
                                                          request_.description, error_text(code)));
    // At the end one more look at the sink takes what came with it.
  }
}

void FilterGraph::close() {
  const std::int64_t end =
      in_.end_time_us == INT64_MIN
          ? AV_NOPTS_VALUE
          : av_rescale_q_rnd(in_.end_time_us, AV_TIME_BASE_Q, in_.time_base,
                             static_cast<AVRounding>(AV_ROUND_NEAR_INF | AV_ROUND_PASS_MINMAX));
  const int code = av_buffersrc_close(source_, end, AV_BUFFERSRC_FLAG_PUSH);
  if (code < 0)
    throw StageFailure(FailureKind::failed, fmt::format("end the filter graph '{}': {}",
                                                        request_.description, error_text(code)));
}

void FilterGraph::drop_rest() {
  close();
  Frame frame = make_frame();
  for (std::int64_t n = 0; n < kMostCounted; ++n) {
    if (av_buffersink_get_frame(sink_, frame.get()) < 0) return;
    av_frame_unref(frame.get());
    ++dropped_;
  }
}

void FilterGraph::finish(const Output& output) {
  if (!graph_) return;
  close();
  pull(output);
}

}  // namespace latham::media
