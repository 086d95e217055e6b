// SPDX-License-Identifier: MIT
#include "encoder/audio_graph.h"

#include <fmt/format.h>

#include <utility>

#include "media/av_log.h"

extern "C" {
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavutil/opt.h>
}

namespace latham::encoder {
namespace {

std::string source_arguments(const AVFrame& frame) {
  const std::string args = fmt::format(
      "time_base=1/{}:sample_rate={}:sample_fmt={}", frame.sample_rate, frame.sample_rate,
      av_get_sample_fmt_name(static_cast<AVSampleFormat>(frame.format)));
  if (frame.ch_layout.order == AV_CHANNEL_ORDER_UNSPEC)
    return fmt::format("{}:channels={}", args, frame.ch_layout.nb_channels);
  return fmt::format("{}:channel_layout={}", args, media::layout_name(frame.ch_layout));
}

std::string trim_arguments(const media::TimeWindow& window) {
  std::string args;
  if (window.start) args = fmt::format("start={}us", *window.start);
  if (window.duration)
    args += fmt::format("{}duration={}us", args.empty() ? "" : ":", *window.duration);
  return args;
}

}  // namespace

AudioGraph::AudioGraph(AudioGraphRequest request)
    : request_(std::move(request)), shape_(media::make_frame()) {
  const media::Graph trial(media::checked(avfilter_graph_alloc()));
  (void)media::parse_filters(*trial, request_.description);
}

bool AudioGraph::fits(const AVFrame& frame) const {
  return graph_ && shape_->format == frame.format && shape_->sample_rate == frame.sample_rate &&
         av_channel_layout_compare(&shape_->ch_layout, &frame.ch_layout) == 0;
}

void AudioGraph::build(const AVFrame& frame) {
  av_frame_unref(shape_.get());
  shape_->format = frame.format;
  shape_->sample_rate = frame.sample_rate;
  if (av_channel_layout_copy(&shape_->ch_layout, &frame.ch_layout) < 0) throw std::bad_alloc();

  graph_.reset(media::checked(avfilter_graph_alloc()));
  AVFilterGraph& graph = *graph_;
  const std::string& description = request_.description;
  (void)media::last_log_line();
  const media::ParsedFilters filters = media::parse_filters(graph, description);
  media::FilterEnd last;
  const auto append = [&](const char* filter, const char* name, const std::string& args) {
    media::append_filter(graph, last, filter, name, args, description);
  };
  append("abuffer", "in", source_arguments(frame));
  source_ = last.filter;
  if (const std::string trim = trim_arguments(request_.input); !trim.empty())
    append("atrim", "trim_in", trim);
  media::append_parsed(last, filters, description);
  if (!request_.formats.empty()) append("aformat", "format", request_.formats);
  if (const std::string trim = trim_arguments(request_.output); !trim.empty())
    append("atrim", "trim_out", trim);
  append("abuffersink", "out", "");
  sink_ = last.filter;
  av_opt_set_int(sink_, "all_channel_counts", 1, AV_OPT_SEARCH_CHILDREN);
  const int code = avfilter_graph_config(&graph, nullptr);
  if (code < 0) media::fail_filters(description, code);

  // A graph that is built again must deliver what the encoder was opened with.
  AVChannelLayout layout{};
  if (av_buffersink_get_ch_layout(sink_, &layout) < 0) throw std::bad_alloc();
  const auto format = static_cast<AVSampleFormat>(av_buffersink_get_format(sink_));
  request_.formats = fmt::format("sample_fmts={}:sample_rates={}:channel_layouts={}",
                                 av_get_sample_fmt_name(format),
                                 av_buffersink_get_sample_rate(sink_), media::layout_name(layout));
  av_channel_layout_uninit(&layout);
}

bool AudioGraph::changes_no_samples() const {
  return media::changes_no_data(*graph_);
}

int AudioGraph::push(AVFrame* frame) {
  const int code = av_buffersrc_add_frame_flags(source_, frame, AV_BUFFERSRC_FLAG_PUSH);
  return code == AVERROR_EOF ? 0 : code;
}

int AudioGraph::pull(AVFrame& frame) {
  for (;;) {
    int code = av_buffersink_get_frame_flags(sink_, &frame, AV_BUFFERSINK_FLAG_NO_REQUEST);
    if (code != AVERROR(EAGAIN)) return code;
    code = avfilter_graph_request_oldest(graph_.get());
    if (code < 0) return code;
  }
}

}  // namespace latham::encoder
