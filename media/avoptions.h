// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "media/av.h"

/// FFmpeg's own options (AVOptions) by name, and what to say when a name is not one of them.
namespace latham::media {

using OptionList = std::vector<std::pair<std::string, std::string>>;

/// Splits options between a codec and a container format, either of which may be null, as ffmpeg does:
/// the codec first, the format too where both know the name. Throws StageFailure(usage) for a name that
/// neither knows, with the nearest that they do, and for one that serves only the other direction.
void split_options(const OptionList& options, const AVCodec* codec, const AVClass* format_class,
                   bool encoding, Dictionary& codec_options, Dictionary& format_options);

/// " did you mean 'libx264'?" for a misspelt encoder or decoder name, or "".
[[nodiscard]] std::string nearest_codec(const std::string& name, AVMediaType type, bool encoder);

/// Of `known`, the name closest to `name`, or "" where none is close.
[[nodiscard]] std::string nearest(const std::string& name, const std::vector<std::string>& known);

}  // namespace latham::media
