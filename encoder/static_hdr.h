// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "media/av.h"
#include "media/stream_table.h"

extern "C" {
#include <libavutil/mastering_display_metadata.h>
}

/// HDR10's static metadata: what the display could show that the film was mastered on (SMPTE ST 2086),
/// and how bright its pictures are (CTA-861.3). It must be known when encoder and container are opened.
/// FFmpeg before 7.0 drops it on the way (docs/decisions/0009-static-hdr.md).
namespace latham::encoder {

struct StaticHdr {
  std::optional<AVMasteringDisplayMetadata> display;
  std::optional<AVContentLightMetadata> light;
};

/// What the first frame says, else what the container of the input said. Nothing where the frame's
/// transfer function is known and is not an HDR one: a filter made an ordinary picture of it.
[[nodiscard]] StaticHdr static_hdr(const AVFrame& first, const media::StreamEntry& source);

/// Before the encoder is opened: the metadata in its own options, beside what the user gave there. What
/// the user gave wins. Nothing where this FFmpeg, or this encoder, has no need of it.
void hand_to_encoder(const StaticHdr& hdr, const AVCodec& codec, media::Dictionary& options);

/// Before the header is written: as side data of the stream, where it has none yet.
void hand_to_container(const StaticHdr& hdr, AVStream& stream);

}  // namespace latham::encoder
