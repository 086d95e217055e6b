// SPDX-License-Identifier: MIT
#pragma once

#include "media/av.h"
#include "system/failure.h"

namespace latham::encoder {

/// Why an encoder could not be opened: for what the user asks of it, unless memory or a device is wanting.
[[nodiscard]] inline FailureKind kind_of_refusal(const AVCodec& codec, int code) {
  const bool is_device = (codec.capabilities & (AV_CODEC_CAP_HARDWARE | AV_CODEC_CAP_HYBRID)) != 0;
  return is_device || code == AVERROR(ENOMEM) ? FailureKind::failed : FailureKind::usage;
}

}  // namespace latham::encoder
