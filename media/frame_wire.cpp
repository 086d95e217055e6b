// SPDX-License-Identifier: MIT
#include "media/frame_wire.h"

#include <fmt/format.h>

#include <cstdlib>
#include <utility>

extern "C" {
#include <libavutil/imgutils.h>
}

#include "system/failure.h"
#include "transport/layout.h"

namespace latham::media {
namespace {

[[noreturn]] void refuse(const transport::IncomingFrame& incoming) {
  throw StageFailure(FailureKind::failed,
                     fmt::format("take frame {}: its description makes no sense", incoming.number));
}

bool has_palette(AVPixelFormat format) {
  const AVPixFmtDescriptor* desc = av_pix_fmt_desc_get(format);
  return desc != nullptr && (desc->flags & AV_PIX_FMT_FLAG_PAL) != 0;
}

/// Rows and bytes of a row of each plane, from the format and size; the palette is a plane of one row.
int plane_shapes(AVPixelFormat format, int width, int height, std::uint32_t* rows,
                 std::uint32_t* row_bytes) {
  const AVPixFmtDescriptor* desc = av_pix_fmt_desc_get(format);
  int linesizes[4] = {};
  if (desc == nullptr || av_image_fill_linesizes(linesizes, format, width) < 0) return 0;
  if ((desc->flags & AV_PIX_FMT_FLAG_HWACCEL) != 0) return 0;
  const int planes = av_pix_fmt_count_planes(format);
  if (planes < 1) return 0;
  for (int p = 0; p < planes; ++p) {
    const int shift = p == 1 || p == 2 ? desc->log2_chroma_h : 0;
    rows[p] = static_cast<std::uint32_t>(AV_CEIL_RSHIFT(height, shift));
    row_bytes[p] = static_cast<std::uint32_t>(linesizes[p]);
  }
  if (has_palette(format)) {
    rows[1] = 1;
    row_bytes[1] = AVPALETTE_SIZE;
    return 2;
  }
  return planes;
}

struct Hold {
  std::shared_ptr<void> hold;
};

void release_hold(void* opaque, std::uint8_t* /*data*/) {
  delete static_cast<Hold*>(opaque);
}

}  // namespace

transport::Status FrameWriter::write(AVFrame& frame, const StreamNote& note, std::uint64_t origin) {
  pending_ = std::shared_ptr<AVFrame>(make_frame().release(), FreeFrame());
  av_frame_move_ref(pending_.get(), &frame);
  origin_ = origin;
  for (const int type : write_meta(*pending_, note, transport::kMaxMetaBytes, meta_)) {
    const char* name = av_frame_side_data_name(static_cast<AVFrameSideDataType>(type));
    if (lost_.insert(type).second)
      new_losses_.emplace_back(name != nullptr ? name : "unknown side data");
  }
  return flush();
}

transport::Status FrameWriter::flush() {
  if (pending_ == nullptr) return transport::Status::ok;
  const AVFrame& frame = *pending_;
  transport::OutgoingFrame out;
  std::uint32_t rows[4] = {};
  std::uint32_t row_bytes[4] = {};
  out.plane_count = static_cast<std::uint32_t>(plane_shapes(
      static_cast<AVPixelFormat>(frame.format), frame.width, frame.height, rows, row_bytes));
  for (std::uint32_t p = 0; p < out.plane_count; ++p)
    out.plane[p] = {reinterpret_cast<const std::byte*>(frame.data[p]),
                    rows[p] == 1 ? std::int64_t{row_bytes[p]} : frame.linesize[p], rows[p],
                    row_bytes[p]};
  out.meta = meta_;
  out.origin = origin_;
  out.keep = pending_;
  const transport::Status status = sender_.send(out);
  if (status != transport::Status::again) pending_.reset();
  return status;
}

std::vector<std::string> FrameWriter::take_losses() {
  return std::exchange(new_losses_, {});
}

void wrap(transport::IncomingFrame&& incoming, AVFrame& frame, StreamNote& note) {
  av_frame_unref(&frame);
  if (!read_meta(incoming.meta, frame, note)) refuse(incoming);
  std::uint32_t rows[4] = {};
  std::uint32_t row_bytes[4] = {};
  const int planes = plane_shapes(static_cast<AVPixelFormat>(frame.format), frame.width,
                                  frame.height, rows, row_bytes);
  bool fits = planes > 0 && static_cast<std::uint32_t>(planes) == incoming.plane_count;
  const std::byte* first = nullptr;
  const std::byte* last = nullptr;
  for (std::uint32_t p = 0; fits && p < incoming.plane_count; ++p) {
    const transport::Plane& plane = incoming.plane[p];
    // First of all: the sender's number may be one that has no opposite.
    fits = plane.stride >= -INT32_MAX && plane.stride <= INT32_MAX && plane.rows == rows[p] &&
           plane.row_bytes == row_bytes[p] &&
           (plane.rows == 1 || std::abs(plane.stride) >= plane.row_bytes);
    if (!fits) break;
    const transport::Extent extent = transport::extent_of(plane);
    if (first == nullptr || extent.first < first) first = extent.first;
    if (last == nullptr || extent.first + extent.bytes > last) last = extent.first + extent.bytes;
    frame.data[p] = reinterpret_cast<std::uint8_t*>(const_cast<std::byte*>(plane.data));
    frame.linesize[p] = static_cast<int>(plane.stride);
  }
  // A palette has no lines: filters that go over all planes with lines would flip or crop it.
  if (fits && has_palette(static_cast<AVPixelFormat>(frame.format))) frame.linesize[1] = 0;
  if (!fits) {
    av_frame_unref(&frame);
    refuse(incoming);
  }
  auto hold = std::make_unique<Hold>(Hold{std::move(incoming.hold)});
  // READONLY: filters and codecs that work in place make their own copy instead of writing here.
  AVBufferRef* buffer =
      av_buffer_create(reinterpret_cast<std::uint8_t*>(const_cast<std::byte*>(first)),
                       static_cast<std::size_t>(last - first) + transport::kGuardBytes,
                       release_hold, hold.get(), AV_BUFFER_FLAG_READONLY);
  if (buffer == nullptr) throw std::bad_alloc();
  (void)hold.release();
  frame.buf[0] = buffer;
  frame.extended_data = frame.data;
}

}  // namespace latham::media
