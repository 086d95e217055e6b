// SPDX-License-Identifier: MIT
#pragma once

#include "media/av.h"
#include "transport/channel.h"

namespace latham::decoder {

/// Lets a codec decode straight into the sender's memory. Where there is no room to spare it gets
/// private memory with the same strides, which the sender copies (and counts) at publish.
class SlotBuffers {
 public:
  /// `sender` must outlive the codec context. Takes effect only for codecs with
  /// AV_CODEC_CAP_DR1; the others bring their own memory and are copied once.
  SlotBuffers(AVCodecContext& codec, transport::FrameSender& sender);

 private:
  static int get_buffer(AVCodecContext* codec, AVFrame* frame, int flags);
  int fill(AVCodecContext& codec, AVFrame& frame) noexcept;

  transport::FrameSender& sender_;
};

}  // namespace latham::decoder
