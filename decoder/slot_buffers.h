// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "media/av.h"
#include "media/shared_buffers.h"
#include "transport/channel.h"

namespace latham::decoder {

/// Lets a codec decode straight into the sender's memory. Where there is no room to spare it gets
/// private memory with the same strides, which the sender copies (and counts) at publish.
class SlotBuffers {
 public:
  /// `sender` must outlive the codec context. Codecs with AV_CODEC_CAP_DR1 ask for each buffer. The
  /// others bring their own memory: that of FFmpeg's buffer pools (libdav1d) is taken from the sender
  /// too if `pooled` allows it, other memory (rawvideo's packets) is copied once.
  SlotBuffers(AVCodecContext& codec, transport::FrameSender& sender, bool pooled);

  /// True for a codec that leaves holes in damaged pictures: FFmpeg's H.264 decoder conceals nothing
  /// in interlaced streams, so what was in the memory before shows through. Slots come back in an
  /// order that depends on the consumers; so that the output is the same in every run, and ffmpeg's,
  /// such a codec keeps FFmpeg's own buffers and each frame is copied once
  /// (docs/decisions/0005-interlaced-h264.md). The caller must keep the frames that ffmpeg would
  /// (KeptFrames).
  [[nodiscard]] static bool shows_old_pictures(const AVCodecContext& codec);
  /// Replaces the frame's pixels by a copy in the sender's memory, so that the codec's own buffer is
  /// free when its other holders let go, whatever the consumers do.
  void copy_out(AVCodecContext& codec, AVFrame& frame);
  /// What copy_out() copied.
  [[nodiscard]] transport::CopyCount copied() const noexcept { return copied_; }

 private:
  static int get_buffer(AVCodecContext* codec, AVFrame* frame, int flags);
  int fill(AVCodecContext& codec, AVFrame& frame) noexcept;

  transport::FrameSender& sender_;
  std::optional<media::SharedBuffers> pooled_;
  transport::CopyCount copied_;
};

}  // namespace latham::decoder
