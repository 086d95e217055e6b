// SPDX-License-Identifier: MIT
#include "viewer/sound.h"

#include <SDL2/SDL.h>
#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <string>

extern "C" {
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavutil/channel_layout.h>
}

namespace latham::viewer {
namespace {

constexpr int kRate = 48000;
constexpr int kChannels = 2;
constexpr int kFrameBytes = kChannels * int{sizeof(float)};
constexpr Uint16 kDeviceFrames = 1024;
constexpr double kLoudest = 1.3;

void check(int code, const char* what) {
  if (code < 0) throw std::runtime_error(fmt::format("{}: {}", what, media::error_text(code)));
}

std::string layout_of(const AVFrame& frame) {
  char text[128] = {};
  AVChannelLayout usual{};
  const AVChannelLayout* layout = &frame.ch_layout;
  if (layout->order == AV_CHANNEL_ORDER_UNSPEC) {
    av_channel_layout_default(&usual, layout->nb_channels);
    layout = &usual;
  }
  av_channel_layout_describe(layout, text, sizeof(text));
  return text;
}

}  // namespace

Sound::Sound() : out_(media::make_frame()) {
  if (SDL_InitSubSystem(SDL_INIT_AUDIO) != 0) return;
  SDL_AudioSpec wanted{};
  wanted.freq = kRate;
  wanted.format = AUDIO_F32SYS;
  wanted.channels = kChannels;
  wanted.samples = kDeviceFrames;
  device_ = SDL_OpenAudioDevice(nullptr, 0, &wanted, nullptr, 0);
}

Sound::~Sound() {
  if (device_ != 0) SDL_CloseAudioDevice(device_);
  if (SDL_WasInit(SDL_INIT_AUDIO) != 0) SDL_QuitSubSystem(SDL_INIT_AUDIO);
}

void Sound::build(const AVFrame& frame) {
  graph_.reset(media::checked(avfilter_graph_alloc()));
  const std::string from = fmt::format(
      "sample_rate={}:sample_fmt={}:channel_layout={}:time_base=1/{}", frame.sample_rate,
      av_get_sample_fmt_name(static_cast<AVSampleFormat>(frame.format)), layout_of(frame),
      frame.sample_rate);
  check(avfilter_graph_create_filter(&source_, avfilter_get_by_name("abuffer"), "in", from.c_str(),
                                     nullptr, graph_.get()),
        "prepare sound");
  check(avfilter_graph_create_filter(&sink_, avfilter_get_by_name("abuffersink"), "out", nullptr,
                                     nullptr, graph_.get()),
        "prepare sound");
  AVFilterContext* last = source_;
  const auto append = [&](const char* filter, const std::string& arguments) {
    AVFilterContext* context = nullptr;
    check(avfilter_graph_create_filter(&context, avfilter_get_by_name(filter), nullptr,
                                       arguments.c_str(), nullptr, graph_.get()),
          "prepare sound");
    check(avfilter_link(last, 0, context, 0), "prepare sound");
    last = context;
  };
  append("aresample", std::to_string(kRate));
  // atempo does half speed and more in one step.
  double tempo = speed_;
  if (tempo < 0.5) append("atempo", "0.5");
  if (tempo < 0.5) tempo /= 0.5;
  if (tempo != 1) append("atempo", fmt::format("{}", tempo));
  append("aformat", fmt::format("sample_fmts=flt:sample_rates={}:channel_layouts=stereo", kRate));
  check(avfilter_link(last, 0, sink_, 0), "prepare sound");
  check(avfilter_graph_config(graph_.get(), nullptr), "prepare sound");
  format_ = frame.format;
  rate_ = frame.sample_rate;
  channels_ = frame.ch_layout.nb_channels;
}

void Sound::push(const AVFrame& frame, std::int64_t time_us) {
  if (!is_there() || frame.nb_samples <= 0 || frame.sample_rate <= 0) return;
  if (!graph_ || format_ != frame.format || rate_ != frame.sample_rate ||
      channels_ != frame.ch_layout.nb_channels)
    build(frame);
  check(av_buffersrc_write_frame(source_, &frame), "play sound");
  end_us_ = time_us + std::int64_t{AV_TIME_BASE} * frame.nb_samples / frame.sample_rate;
  pull();
}

void Sound::pull() {
  const auto gain = static_cast<float>(muted_ ? 0 : volume_);
  while (av_buffersink_get_frame(sink_, out_.get()) >= 0) {
    auto* samples = reinterpret_cast<float*>(out_->data[0]);
    const std::size_t count = static_cast<std::size_t>(out_->nb_samples) * kChannels;
    if (gain != 1 && av_frame_make_writable(out_.get()) >= 0) {
      samples = reinterpret_cast<float*>(out_->data[0]);
      std::for_each(samples, samples + count,
                    [gain](float& sample) { sample = std::clamp(sample * gain, -1.0F, 1.0F); });
    }
    SDL_QueueAudio(device_, samples, static_cast<Uint32>(count * sizeof(float)));
    av_frame_unref(out_.get());
  }
}

double Sound::queued() const noexcept {
  if (!is_there()) return 0;
  return static_cast<double>(SDL_GetQueuedAudioSize(device_)) / kFrameBytes / kRate;
}

std::optional<std::int64_t> Sound::now_us() const noexcept {
  const double waiting = queued();
  if (waiting <= 0) return std::nullopt;
  // What the device has taken is heard one of its buffers later.
  const double behind = waiting + static_cast<double>(kDeviceFrames) / kRate;
  return end_us_ - static_cast<std::int64_t>(behind * speed_ * AV_TIME_BASE);
}

void Sound::set_volume(double volume) noexcept {
  volume_ = std::clamp(volume, 0.0, kLoudest);
}

void Sound::set_paused(bool paused) noexcept {
  if (is_there()) SDL_PauseAudioDevice(device_, paused ? 1 : 0);
}

void Sound::clear() noexcept {
  if (is_there()) SDL_ClearQueuedAudio(device_);
  graph_.reset();
}

void Sound::set_speed(double speed) {
  if (speed == speed_) return;
  speed_ = speed;
  graph_.reset();
}

}  // namespace latham::viewer
