// SPDX-License-Identifier: MIT
// What decoder and encoder call of libavfilter, under its own names: each call goes to the library, which is
// loaded at the first. Processes that filter in any case are linked with the library itself instead of this.
#include "media/late_filters.h"

#include <cstdint>

#include "media/late_library.h"
#include "sandbox/sandbox.h"

extern "C" {
#include <libavfilter/avfilter.h>
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavformat/version.h>
#include <libavutil/macros.h>
}

namespace {

constexpr char kLibrary[] = "libavfilter.so." AV_STRINGIFY(LIBAVFILTER_VERSION_MAJOR);
constexpr char kNeighbour[] = "libavformat.so." AV_STRINGIFY(LIBAVFORMAT_VERSION_MAJOR);

}  // namespace

// The headers' declarations check the signatures below.
#define LATHAM_PASS_ON(function, ...)                                        \
  static auto* const target =                                                \
      latham::media::late_function<decltype(function)>(kLibrary, #function); \
  return target(__VA_ARGS__)

extern "C" {

const AVFilter* avfilter_get_by_name(const char* name) {
  LATHAM_PASS_ON(avfilter_get_by_name, name);
}
AVFilterGraph* avfilter_graph_alloc() {
  LATHAM_PASS_ON(avfilter_graph_alloc);
}
void avfilter_graph_free(AVFilterGraph** graph) {
  LATHAM_PASS_ON(avfilter_graph_free, graph);
}
int avfilter_graph_create_filter(AVFilterContext** context, const AVFilter* filter,
                                 const char* name, const char* args, void* opaque,
                                 AVFilterGraph* graph) {
  LATHAM_PASS_ON(avfilter_graph_create_filter, context, filter, name, args, opaque, graph);
}
int avfilter_graph_parse2(AVFilterGraph* graph, const char* filters, AVFilterInOut** inputs,
                          AVFilterInOut** outputs) {
  LATHAM_PASS_ON(avfilter_graph_parse2, graph, filters, inputs, outputs);
}
void avfilter_inout_free(AVFilterInOut** list) {
  LATHAM_PASS_ON(avfilter_inout_free, list);
}
int avfilter_link(AVFilterContext* source, unsigned source_pad, AVFilterContext* target_filter,
                  unsigned target_pad) {
  LATHAM_PASS_ON(avfilter_link, source, source_pad, target_filter, target_pad);
}
int avfilter_graph_config(AVFilterGraph* graph, void* log) {
  LATHAM_PASS_ON(avfilter_graph_config, graph, log);
}
int avfilter_graph_request_oldest(AVFilterGraph* graph) {
  LATHAM_PASS_ON(avfilter_graph_request_oldest, graph);
}
int av_buffersrc_add_frame_flags(AVFilterContext* source, AVFrame* frame, int flags) {
  LATHAM_PASS_ON(av_buffersrc_add_frame_flags, source, frame, flags);
}
int av_buffersink_get_frame_flags(AVFilterContext* sink, AVFrame* frame, int flags) {
  LATHAM_PASS_ON(av_buffersink_get_frame_flags, sink, frame, flags);
}
int av_buffersrc_close(AVFilterContext* source, std::int64_t pts, unsigned flags) {
  LATHAM_PASS_ON(av_buffersrc_close, source, pts, flags);
}
int av_buffersink_get_frame(AVFilterContext* sink, AVFrame* frame) {
  LATHAM_PASS_ON(av_buffersink_get_frame, sink, frame);
}
int av_buffersink_get_w(const AVFilterContext* sink) {
  LATHAM_PASS_ON(av_buffersink_get_w, sink);
}
int av_buffersink_get_h(const AVFilterContext* sink) {
  LATHAM_PASS_ON(av_buffersink_get_h, sink);
}
AVRational av_buffersink_get_frame_rate(const AVFilterContext* sink) {
  LATHAM_PASS_ON(av_buffersink_get_frame_rate, sink);
}
void av_buffersink_set_frame_size(AVFilterContext* sink, unsigned samples) {
  LATHAM_PASS_ON(av_buffersink_set_frame_size, sink, samples);
}
AVRational av_buffersink_get_time_base(const AVFilterContext* sink) {
  LATHAM_PASS_ON(av_buffersink_get_time_base, sink);
}
int av_buffersink_get_format(const AVFilterContext* sink) {
  LATHAM_PASS_ON(av_buffersink_get_format, sink);
}
int av_buffersink_get_sample_rate(const AVFilterContext* sink) {
  LATHAM_PASS_ON(av_buffersink_get_sample_rate, sink);
}
int av_buffersink_get_ch_layout(const AVFilterContext* sink, AVChannelLayout* layout) {
  LATHAM_PASS_ON(av_buffersink_get_ch_layout, sink, layout);
}

}  // extern "C"

namespace latham::media {

void load_filters_if_never_later() {
  if (!sandbox::can_load_from(folder_of_loaded(kNeighbour)))
    (void)late_symbol(kLibrary, "avfilter_version");
}

}  // namespace latham::media
