// SPDX-License-Identifier: MIT
#include "decoder/slot_buffers.h"

#include <algorithm>
#include <memory>

#include "transport/layout.h"

extern "C" {
#include <libavutil/imgutils.h>
}

namespace latham::decoder {
namespace {

/// Of a buffer that is worth a slot: those of sound are smaller.
constexpr std::size_t kLeastPicture = 64 * 1024;

struct PlaneSizes {
  int linesize[4] = {};
  std::size_t offset[4] = {};
  std::size_t total = 0;
  int planes = 0;
};

/// FFmpeg's own arithmetic for a decoder's picture: its alignment for this codec, strides aligned
/// together by widening the picture, bytes to spare after each plane.
bool measure(AVCodecContext& codec, const AVFrame& frame, PlaneSizes& out) {
  const auto format = static_cast<AVPixelFormat>(frame.format);
  int width = frame.width;
  int height = frame.height;
  int align[AV_NUM_DATA_POINTERS] = {};
  avcodec_align_dimensions2(&codec, &width, &height, align);
  for (bool aligned = false; !aligned;) {
    if (av_image_fill_linesizes(out.linesize, format, width) < 0) return false;
    aligned = true;
    for (int p = 0; p < 4; ++p) aligned = aligned && out.linesize[p] % std::max(align[p], 1) == 0;
    if (!aligned) width += width & ~(width - 1);  // to the next multiple of its lowest bit's double
  }
  ptrdiff_t strides[4] = {};
  std::copy_n(out.linesize, 4, strides);
  std::size_t sizes[4] = {};
  if (av_image_fill_plane_sizes(sizes, format, height, strides) < 0) return false;
  for (int p = 0; p < 4 && sizes[p] > 0; ++p) {
    out.offset[p] = out.total;
    out.total = transport::align_up(out.total + sizes[p] + transport::kGuardBytes);
    ++out.planes;
  }
  return out.planes > 0;
}

struct RoomHolder {
  std::shared_ptr<transport::Room> room;
};

}  // namespace

bool SlotBuffers::shows_old_pictures(const AVCodecContext& codec) {
  return codec.codec_id == AV_CODEC_ID_H264 && codec.field_order != AV_FIELD_UNKNOWN &&
         codec.field_order != AV_FIELD_PROGRESSIVE;
}

SlotBuffers::SlotBuffers(AVCodecContext& codec, transport::FrameSender& sender, bool pooled)
    : sender_(sender) {
  if (codec.codec == nullptr || shows_old_pictures(codec)) return;
  if ((codec.codec->capabilities & AV_CODEC_CAP_DR1) == 0) {
    if (pooled) pooled_.emplace(sender, kLeastPicture);
    return;
  }
  codec.opaque = this;
  codec.get_buffer2 = &SlotBuffers::get_buffer;
  media::allow_callbacks_on_threads(codec);
}

void SlotBuffers::copy_out(AVCodecContext& codec, AVFrame& frame) {
  media::Frame copy = media::make_frame();
  copy->format = frame.format;
  copy->width = frame.width;
  copy->height = frame.height;
  // Without room to spare private memory does, and the sender copies once more.
  if (fill(codec, *copy) != 0 && av_frame_get_buffer(copy.get(), 0) < 0) throw std::bad_alloc();
  if (av_frame_copy(copy.get(), &frame) < 0 || av_frame_copy_props(copy.get(), &frame) < 0)
    throw std::bad_alloc();
  av_frame_unref(&frame);
  av_frame_move_ref(&frame, copy.get());
  ++copied_.frames;
  copied_.bytes += static_cast<std::uint64_t>(
      std::max(av_image_get_buffer_size(static_cast<AVPixelFormat>(frame.format), frame.width,
                                        frame.height, 1),
               0));
}

int SlotBuffers::get_buffer(AVCodecContext* codec, AVFrame* frame, int flags) {
  auto* self = static_cast<SlotBuffers*>(codec->opaque);
  // Runs on codec threads under their lock: it must not wait.
  if (codec->codec_type == AVMEDIA_TYPE_VIDEO && self->fill(*codec, *frame) == 0) return 0;
  return avcodec_default_get_buffer2(codec, frame, flags);
}

int SlotBuffers::fill(AVCodecContext& codec, AVFrame& frame) noexcept {
  const AVPixFmtDescriptor* desc = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  PlaneSizes sizes;
  if (desc == nullptr || (desc->flags & AV_PIX_FMT_FLAG_HWACCEL) != 0 ||
      !measure(codec, frame, sizes))
    return -1;
  auto holder = std::make_unique<RoomHolder>(RoomHolder{sender_.try_room(sizes.total)});
  if (!holder->room) return -1;
  auto* data = reinterpret_cast<std::uint8_t*>(holder->room->data());
  // READONLY although the codec writes it now: a codec that would like to write it again later asks
  // whether it may, and gets a fresh buffer instead of tearing a frame that others read.
  frame.buf[0] = av_buffer_create(
      data, sizes.total,
      [](void* opaque, std::uint8_t*) { delete static_cast<RoomHolder*>(opaque); }, holder.get(),
      AV_BUFFER_FLAG_READONLY);
  if (frame.buf[0] == nullptr) return -1;
  (void)holder.release();
  for (int p = 0; p < 4; ++p) {
    frame.data[p] = p < sizes.planes ? data + sizes.offset[p] : nullptr;
    frame.linesize[p] = sizes.linesize[p];
  }
  frame.extended_data = frame.data;
  return 0;
}

}  // namespace latham::decoder
