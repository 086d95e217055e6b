// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "media/av.h"

/// FFmpeg's own options (AVOptions) by name, and what to say when a name is not one of them.
namespace latham::media {

using OptionList = std::vector<std::pair<std::string, std::string>>;

/// Splits the options of an input between decoders and demuxer as ffmpeg does; both get what both know. Which
/// of them the input needs is not known yet, so any may know the name. Throws StageFailure(usage) for one that
/// none knows, with the nearest; `format_class`: of the demuxer, null where it is not known.
void split_input_options(const OptionList& options, const AVClass* format_class,
                         Dictionary& decoder_options, Dictionary& format_options);

/// The flag of the options for streams of this type: AV_OPT_FLAG_VIDEO_PARAM and its like.
[[nodiscard]] int option_kind(AVMediaType type);
/// The name under which an encoder takes an option: its own, without a leading letter of its kind (-vb), or
/// "" where it takes it not at all. `flags`: AV_OPT_FLAG_*, all of which the option must have.
[[nodiscard]] std::string codec_option(const AVCodec& codec, const std::string& name, int flags);
/// The kinds of stream, of AV_OPT_FLAG_{VIDEO,AUDIO,SUBTITLE}_PARAM, whose encoders know an option, whichever
/// encoder it is; 0 for a name that none of them knows.
[[nodiscard]] int encoder_option_kinds(const std::string& name);
/// Whether a muxer with options of that class, which may be null, takes an option.
[[nodiscard]] bool is_format_option(const AVClass* format_class, const std::string& name);
/// Throws StageFailure(usage) for an option that none of these encoders took, nor the container: it is
/// misspelt (the nearest name is given), or of no use here. `as_given` has its specifier.
[[noreturn]] void refuse_option(const std::string& as_given, const std::string& name,
                                std::span<const AVCodec* const> codecs,
                                const AVClass* format_class);

/// Throw StageFailure(usage) for a value that this codec or format does not take; null: what all have in common.
/// Strings that a library reads itself (-preset) are not looked into. `as_given` has its specifier.
void require_codec_value(const AVCodec* codec, const std::string& name, const std::string& value,
                         const std::string& as_given);
void require_format_value(const AVOutputFormat* format, const std::string& name,
                          const std::string& value, const std::string& as_given);

}  // namespace latham::media
