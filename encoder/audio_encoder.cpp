// SPDX-License-Identifier: MIT
#include "encoder/audio_encoder.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "media/av_log.h"
#include "system/failure.h"

extern "C" {
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavutil/channel_layout.h>
#include <libavutil/opt.h>
}

namespace latham::encoder {
namespace {

std::string layout_name(const AVChannelLayout& layout) {
  std::array<char, 256> name{};
  av_channel_layout_describe(&layout, name.data(), name.size());
  return name.data();
}

[[noreturn]] void fail(const PlannedStream& planned, const std::string& what, int code) {
  const std::string reason = media::last_log_line();
  throw StageFailure(FailureKind::failed,
                     fmt::format("{} of audio stream {} as '{}': {}; try -c:a copy or another -c:a",
                                 what, planned.source->index, planned.encoder->name,
                                 reason.empty() ? media::error_text(code) : reason));
}

}  // namespace

AudioEncoder::AudioEncoder(PlannedStream& planned, Muxer& muxer)
    : planned_(planned),
      muxer_(muxer),
      codec_(planned.encoder),
      options_(std::move(planned.codec_options)),
      shape_(media::make_frame()),
      frame_(media::make_frame()),
      packet_(media::make_packet()) {}

std::string AudioEncoder::accepted() const {
  std::string args;
  const auto add = [&args](const char* name, const std::string& list) {
    if (!list.empty()) args += fmt::format("{}{}={}", args.empty() ? "" : ":", name, list);
  };
  // A graph that is built again must deliver what the open codec was told.
  if (context_) {
    add("sample_fmts", av_get_sample_fmt_name(context_->sample_fmt));
    add("sample_rates", std::to_string(context_->sample_rate));
    add("channel_layouts", layout_name(context_->ch_layout));
    return args;
  }
  const media::AudioChoices choices = media::encoder_audio_choices(*codec_);
  std::string list;
  for (const AVSampleFormat* f = choices.formats; f != nullptr && *f != AV_SAMPLE_FMT_NONE; ++f)
    list += fmt::format("{}{}", list.empty() ? "" : "|", av_get_sample_fmt_name(*f));
  add("sample_fmts", std::exchange(list, {}));
  for (const int* r = choices.rates; r != nullptr && *r != 0; ++r)
    list += fmt::format("{}{}", list.empty() ? "" : "|", *r);
  add("sample_rates", std::exchange(list, {}));
  for (const AVChannelLayout* l = choices.layouts; l != nullptr && l->nb_channels != 0; ++l)
    list += fmt::format("{}{}", list.empty() ? "" : "|", layout_name(*l));
  add("channel_layouts", list);
  return args;
}

void AudioEncoder::build(const AVFrame& frame) {
  av_frame_unref(shape_.get());
  shape_->format = frame.format;
  shape_->sample_rate = frame.sample_rate;
  if (av_channel_layout_copy(&shape_->ch_layout, &frame.ch_layout) < 0) throw std::bad_alloc();

  graph_.reset(media::checked(avfilter_graph_alloc()));
  std::string args = fmt::format("time_base=1/{}:sample_rate={}:sample_fmt={}", frame.sample_rate,
                                 frame.sample_rate,
                                 av_get_sample_fmt_name(static_cast<AVSampleFormat>(frame.format)));
  if (frame.ch_layout.order != AV_CHANNEL_ORDER_UNSPEC)
    args += fmt::format(":channel_layout={}", layout_name(frame.ch_layout));
  else
    args += fmt::format(":channels={}", frame.ch_layout.nb_channels);

  AVFilterContext* last = nullptr;
  const auto append = [&](const char* filter, const char* name, const std::string& options) {
    AVFilterContext* context = nullptr;
    int code = avfilter_graph_create_filter(&context, avfilter_get_by_name(filter), name,
                                            options.empty() ? nullptr : options.c_str(), nullptr,
                                            graph_.get());
    if (code >= 0 && last != nullptr) code = avfilter_link(last, 0, context, 0);
    if (code < 0) fail(planned_, "convert the sound", code);
    last = context;
  };
  append("abuffer", "in", args);
  input_ = last;
  append("anull", "null", "");
  if (const std::string formats = accepted(); !formats.empty())
    append("aformat", "format", formats);
  append("abuffersink", "out", "");
  output_ = last;
  av_opt_set_int(output_, "all_channel_counts", 1, AV_OPT_SEARCH_CHILDREN);
  const int code = avfilter_graph_config(graph_.get(), nullptr);
  if (code < 0) fail(planned_, "convert the sound", code);
  if (!context_) open();
  if ((codec_->capabilities & AV_CODEC_CAP_VARIABLE_FRAME_SIZE) == 0)
    av_buffersink_set_frame_size(output_, static_cast<unsigned>(context_->frame_size));
}

void AudioEncoder::open() {
  context_.reset(media::checked(avcodec_alloc_context3(codec_)));
  AVCodecContext& c = *context_;
  c.sample_fmt = static_cast<AVSampleFormat>(av_buffersink_get_format(output_));
  c.sample_rate = av_buffersink_get_sample_rate(output_);
  if (av_buffersink_get_ch_layout(output_, &c.ch_layout) < 0) throw std::bad_alloc();
  c.time_base = {1, c.sample_rate};
  if (muxer_.wants_global_headers()) c.flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  if (av_dict_get(options_.raw, "threads", nullptr, 0) == nullptr) options_.set("threads", "auto");
  if (planned_.tag != 0) c.codec_tag = planned_.tag;
  AVStream& st = *planned_.stream;
  av_dict_set(&st.metadata, "encoder", fmt::format("{} {}", LIBAVCODEC_IDENT, codec_->name).c_str(),
              AV_DICT_DONT_OVERWRITE);
  (void)media::last_log_line();
  const int code = avcodec_open2(&c, codec_, &options_.raw);
  if (code < 0) fail(planned_, "open the encoder", code);
  if (avcodec_parameters_from_context(st.codecpar, &c) < 0) throw std::bad_alloc();
  muxer_.opened(planned_.index, c.time_base);
}

void AudioEncoder::encode(AVFrame& frame) {
  const bool same = graph_ && shape_->format == frame.format &&
                    shape_->sample_rate == frame.sample_rate &&
                    av_channel_layout_compare(&shape_->ch_layout, &frame.ch_layout) == 0;
  if (!same) {
    if (graph_) pull();
    build(frame);
  }
  const int code = av_buffersrc_add_frame_flags(input_, &frame, AV_BUFFERSRC_FLAG_PUSH);
  if (code < 0) fail(planned_, "convert the sound", code);
  pull();
}

void AudioEncoder::pull() {
  int code = 0;
  for (;;) {
    code = av_buffersink_get_frame_flags(output_, frame_.get(), AV_BUFFERSINK_FLAG_NO_REQUEST);
    if (code == AVERROR(EAGAIN)) {
      code = avfilter_graph_request_oldest(graph_.get());
      if (code >= 0) continue;
    }
    if (code < 0) break;
    if (frame_->pts == AV_NOPTS_VALUE)
      frame_->pts = next_pts_;
    else
      frame_->pts =
          av_rescale_q(frame_->pts, av_buffersink_get_time_base(output_), context_->time_base);
    next_pts_ = frame_->pts + frame_->nb_samples;
    send(frame_.get());
    av_frame_unref(frame_.get());
  }
  if (code != AVERROR(EAGAIN) && code != AVERROR_EOF) fail(planned_, "convert the sound", code);
}

void AudioEncoder::send(AVFrame* frame) {
  int code = avcodec_send_frame(context_.get(), frame);
  while (code >= 0) {
    code = avcodec_receive_packet(context_.get(), packet_.get());
    if (code >= 0) muxer_.write_encoded(planned_.index, *packet_, 0);
  }
  if (code != AVERROR(EAGAIN) && code != AVERROR_EOF) fail(planned_, "encode the sound", code);
}

void AudioEncoder::finish() {
  if (!graph_) {
    media::Frame silence = media::make_frame();
    const AVCodecParameters& par = *planned_.source->parameters;
    silence->format = par.format;
    silence->sample_rate = par.sample_rate;
    if (par.format < 0 || par.sample_rate <= 0 ||
        av_channel_layout_copy(&silence->ch_layout, &par.ch_layout) < 0)
      fail(planned_, "find the format", AVERROR_INVALIDDATA);
    build(*silence);
  }
  const int code = av_buffersrc_add_frame_flags(input_, nullptr, AV_BUFFERSRC_FLAG_PUSH);
  if (code < 0) fail(planned_, "convert the sound", code);
  pull();
  send(nullptr);
}

}  // namespace latham::encoder
