// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "media/av.h"

/// What a container can hold, as far as FFmpeg knows it.
namespace latham::encoder {

/// Whether the container takes packets of this codec as they are, and players of it look for them. FFmpeg does not
/// know of some containers; then the header of a file says (encoder/trial_header.h).
[[nodiscard]] bool can_hold(const AVOutputFormat& format, const AVCodecParameters& stream);

/// The track that QuickTime keeps a timecode in.
[[nodiscard]] bool is_timecode(const AVCodecParameters& stream);

/// Whether it keeps a cover picture as one, not as a track of pictures.
[[nodiscard]] bool holds_covers(const AVOutputFormat& format);
/// Whether it takes no other pictures: containers of sound.
[[nodiscard]] bool holds_covers_only(const AVOutputFormat& format);
/// What every container with covers takes one as, though FFmpeg's list for MP4 lacks some.
[[nodiscard]] bool is_cover_codec(AVCodecID codec);

/// Whether it is for sound and has room for one track of it.
[[nodiscard]] bool holds_one_sound(const AVOutputFormat& format);

/// Formats that hash what was decoded.
[[nodiscard]] bool is_hash(const AVOutputFormat& format);
/// The format that writes nothing.
[[nodiscard]] bool is_null(const AVOutputFormat& format);

/// The codec that ffmpeg uses for this kind of stream where none is named, or AV_CODEC_ID_NONE.
[[nodiscard]] AVCodecID usual_codec(const AVOutputFormat& format, const std::string& name,
                                    AVMediaType type);

}  // namespace latham::encoder
