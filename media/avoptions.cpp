// SPDX-License-Identifier: MIT
#include "media/avoptions.h"

#include <fmt/format.h>

#include <algorithm>

#include "media/av_log.h"
#include "media/input_context.h"
#include "system/failure.h"
#include "system/nearest.h"

extern "C" {
#include <libavutil/opt.h>
#include <libswscale/swscale.h>
}

namespace latham::media {
namespace {

/// Options that are no AVOptions, for the nearest name.
const std::vector<std::string> kOwnOptions{"c:v",      "vf",       "f",       "r",      "pix_fmt",
                                           "fps_mode", "frames:v", "threads", "xerror", "y"};

const AVOption* find(const AVClass* cls, const std::string& name, int flags) {
  return cls == nullptr ? nullptr
                        : av_opt_find(&cls, name.c_str(), nullptr, flags, AV_OPT_SEARCH_FAKE_OBJ);
}

/// Whether FFmpeg knows the option for everything of this class, or for some codec or format of it.
bool find_in_any(const AVClass* cls, const std::string& name, int flags) {
  return av_opt_find(&cls, name.c_str(), nullptr, flags,
                     AV_OPT_SEARCH_FAKE_OBJ | AV_OPT_SEARCH_CHILDREN) != nullptr;
}

char letter_of(AVMediaType type) {
  return type == AVMEDIA_TYPE_VIDEO ? 'v' : type == AVMEDIA_TYPE_AUDIO ? 'a' : 's';
}

void collect(const AVClass* cls, int flags, std::vector<std::string>& names) {
  if (cls == nullptr) return;
  const AVOption* option = nullptr;
  while ((option = av_opt_next(&cls, option)) != nullptr)
    if (option->type != AV_OPT_TYPE_CONST && (option->flags & flags) != 0)
      names.emplace_back(option->name);
}

/// `coder`, `container`: what they are called in `latham help`.
[[noreturn]] void fail_unknown(const std::string& name, const AVCodec* codec,
                               const std::vector<std::string>& known, const char* coder,
                               const char* container) {
  const std::string_view near = nearest(name, known);
  throw StageFailure(
      FailureKind::usage,
      fmt::format("option '-{}': unknown to {} and to the container; {}", name,
                  codec == nullptr ? "the codec" : fmt::format("'{}'", codec->name),
                  near.empty() ? fmt::format("`latham help {}=NAME` and `{}=NAME` list theirs",
                                             coder, container)
                               : fmt::format("did you mean '-{}'?", near)));
}

void try_value(void* object, const std::string& name, const std::string& value,
               const std::string& as_given) {
  (void)last_log_line();
  const int code = av_opt_set(object, name.c_str(), value.c_str(), AV_OPT_SEARCH_CHILDREN);
  if (code >= 0 || code == AVERROR_OPTION_NOT_FOUND) return;
  std::string reason = last_log_line();
  if (reason.starts_with('['))
    reason.erase(0, reason.find("] ") + 2);  // it names no file of the user's
  throw StageFailure(FailureKind::usage, fmt::format("option '-{} {}': {}", as_given, value,
                                                     reason.empty() ? error_text(code) : reason));
}

}  // namespace

int option_kind(AVMediaType type) {
  switch (type) {
    case AVMEDIA_TYPE_VIDEO:
      return AV_OPT_FLAG_VIDEO_PARAM;
    case AVMEDIA_TYPE_AUDIO:
      return AV_OPT_FLAG_AUDIO_PARAM;
    case AVMEDIA_TYPE_SUBTITLE:
      return AV_OPT_FLAG_SUBTITLE_PARAM;
    default:
      return 0;
  }
}

void split_input_options(const OptionList& options, const AVClass* format_class,
                         Dictionary& decoder_options, Dictionary& format_options) {
  constexpr int kDirection = AV_OPT_FLAG_DECODING_PARAM;
  const AVClass* codec = avcodec_get_class();
  const AVClass* format = avformat_get_class();
  for (const auto& [name, value] : options) {
    const bool of_decoder = find_in_any(codec, name, kDirection);
    const bool of_format = find_in_any(format, name, kDirection);
    if (find(codec, name, kDirection) != nullptr) require_codec_value(nullptr, name, value, name);
    if (find(format, name, kDirection) != nullptr) require_format_value(nullptr, name, value, name);
    if (of_decoder) decoder_options.set(name, value);
    if (of_format) format_options.set(name, value);
    if (of_decoder || of_format) continue;
    std::vector<std::string> known = kOwnOptions;
    for (const AVClass* cls : {codec, format, format_class}) collect(cls, kDirection, known);
    fail_unknown(name, nullptr, known, "decoder", "demuxer");
  }
}

std::string codec_option(const AVCodec& codec, const std::string& name, int flags) {
  const AVClass* generic = avcodec_get_class();
  if (find(generic, name, flags) != nullptr || find(codec.priv_class, name, flags) != nullptr)
    return name;
  if (name.size() > 1 && name.front() == letter_of(codec.type) &&
      find(generic, name.substr(1), flags) != nullptr)
    return name.substr(1);
  return {};
}

int encoder_option_kinds(const std::string& name) {
  int kinds = 0;
  void* at = nullptr;
  while (const AVCodec* codec = av_codec_iterate(&at)) {
    const int kind = option_kind(codec->type);
    if (av_codec_is_encoder(codec) != 0 && (kinds & kind) == 0 &&
        !codec_option(*codec, name, AV_OPT_FLAG_ENCODING_PARAM | kind).empty())
      kinds |= kind;
  }
  return kinds;
}

bool is_format_option(const AVClass* format_class, const std::string& name) {
  return find(avformat_get_class(), name, AV_OPT_FLAG_ENCODING_PARAM) != nullptr ||
         find(format_class, name, AV_OPT_FLAG_ENCODING_PARAM) != nullptr;
}

void refuse_option(const std::string& as_given, const std::string& name,
                   std::span<const AVCodec* const> codecs, const AVClass* format_class) {
  constexpr int kDirection = AV_OPT_FLAG_ENCODING_PARAM;
  std::vector<std::string> known = kOwnOptions;
  std::vector<const AVClass*> classes = {avcodec_get_class(), avformat_get_class(), format_class};
  for (const AVCodec* codec : codecs) classes.push_back(codec->priv_class);
  bool exists = false;
  for (const AVClass* cls : classes) {
    collect(cls, kDirection, known);
    exists = exists || find(cls, name, kDirection) != nullptr;
  }
  if (exists)
    throw StageFailure(
        FailureKind::usage,
        fmt::format("option '-{}': no stream of the output has a use for it; it is for a kind of "
                    "stream or a codec that the output lacks, or the stream is copied",
                    as_given));
  fail_unknown(as_given, codecs.empty() ? nullptr : codecs.front(), known, "encoder", "muxer");
}

void require_codec_value(const AVCodec* codec, const std::string& name, const std::string& value,
                         const std::string& as_given) {
  const CodecContext context(checked(avcodec_alloc_context3(codec)));
  try_value(context.get(), name, value, as_given);
}

void require_format_value(const AVOutputFormat* format, const std::string& name,
                          const std::string& value, const std::string& as_given) {
  AVFormatContext* raw = avformat_alloc_context();
  if (format != nullptr) {
    avformat_free_context(raw);
    (void)avformat_alloc_output_context2(&raw, format, nullptr, nullptr);
  }
  const FormatContext context(checked(raw));
  try_value(context.get(), name, value, as_given);
}

}  // namespace latham::media
