// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>

#include "transport/channel.h"

namespace latham::media {

/// While this lives, the pooled buffers that FFmpeg's libraries allocate for pictures lie in a
/// sender's memory, so that what a filter or a codec with memory of its own writes needs no copy
/// when it is sent. libavfilter has no interface for that, but it takes its pictures from
/// av_buffer_pool_init() of libavutil; this program defines that function before the library does
/// (docs/decisions/0010-filters-write-into-slots.md). Pools made earlier keep private memory, and so
/// does whatever finds no room: both are copied when they are sent, and counted.
///
/// Buffers may outlive this object, and may be freed by any thread. One at a time in a process.
class SharedBuffers {
 public:
  /// `sender` must outlive this object. Pools of less than `least_bytes` a buffer stay private.
  SharedBuffers(transport::FrameSender& sender, std::size_t least_bytes);
  ~SharedBuffers();
  SharedBuffers(const SharedBuffers&) = delete;
  SharedBuffers& operator=(const SharedBuffers&) = delete;

  struct Lender;

 private:
  std::shared_ptr<Lender> lender_;
};

}  // namespace latham::media
