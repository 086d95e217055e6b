// SPDX-License-Identifier: MIT
#include "media/describe.h"

#include <cstdarg>
#include <cstdio>
#include <string>

#include "media/av.h"

extern "C" {
#include <libavfilter/avfilter.h>
#include <libavutil/opt.h>
}

namespace latham::media {
namespace {

/// av_opt_show2() prints through the log.
void print_log(void*, int level, const char* format, va_list arguments) {
  if (level <= AV_LOG_INFO) std::vprintf(format, arguments);
}

template <class Part>
bool print(const char* kind, const Part* part, const char* long_name) {
  if (part == nullptr) return false;
  std::printf("%s %s: %s\n", kind, part->name, long_name != nullptr ? long_name : "");
  if (part->priv_class == nullptr) {
    std::puts("It has no options of its own.");
    return true;
  }
  av_log_set_callback(print_log);
  // The options of a class without an object: what av_opt_show2() reads of one is its class.
  const AVClass* options = part->priv_class;
  av_opt_show2(&options, nullptr, -1, 0);
  return true;
}

}  // namespace

bool describe(std::string_view part) {
  const std::size_t equals = part.find('=');
  if (equals == std::string_view::npos) return false;
  const std::string_view kind = part.substr(0, equals);
  const std::string text(part.substr(equals + 1));
  const char* name = text.c_str();
  if (kind == "encoder") {
    const AVCodec* codec = avcodec_find_encoder_by_name(name);
    return print("encoder", codec, codec != nullptr ? codec->long_name : nullptr);
  }
  if (kind == "decoder") {
    const AVCodec* codec = avcodec_find_decoder_by_name(name);
    return print("decoder", codec, codec != nullptr ? codec->long_name : nullptr);
  }
  if (kind == "muxer") {
    const AVOutputFormat* format = av_guess_format(name, nullptr, nullptr);
    return print("muxer", format, format != nullptr ? format->long_name : nullptr);
  }
  if (kind == "demuxer") {
    const AVInputFormat* format = av_find_input_format(name);
    return print("demuxer", format, format != nullptr ? format->long_name : nullptr);
  }
  if (kind == "filter") {
    const AVFilter* filter = avfilter_get_by_name(name);
    return print("filter", filter, filter != nullptr ? filter->description : nullptr);
  }
  return false;
}

}  // namespace latham::media
