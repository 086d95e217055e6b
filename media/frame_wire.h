// SPDX-License-Identifier: MIT
#pragma once

#include <set>
#include <string>
#include <vector>

#include "media/av.h"
#include "media/frame_meta.h"
#include "transport/channel.h"

/// Between an AVFrame and a frame on an edge. Pixels are never copied here.
namespace latham::media {

/// Offers AVFrames to a sender; remembers one that has to wait.
class FrameWriter {
 public:
  explicit FrameWriter(transport::FrameSender& sender) : sender_(sender) {}

  /// Takes the frame (moved out of `frame`) and sends it, or keeps it for flush().
  transport::Status write(AVFrame& frame, const StreamNote& note, std::uint64_t origin);
  /// Sends the frame that had to wait, if any.
  transport::Status flush();
  [[nodiscard]] bool waiting() const noexcept { return pending_ != nullptr; }
  /// Side data that did not fit, by name, each once; for a warning.
  [[nodiscard]] std::vector<std::string> take_losses();

 private:
  transport::FrameSender& sender_;
  std::shared_ptr<AVFrame> pending_;
  std::vector<std::byte> meta_;
  std::uint64_t origin_ = 0;
  std::set<int> lost_;
  std::vector<std::string> new_losses_;
};

/// Wraps a received frame: read-only buffers whose release ends the hold. Throws StageFailure where the frame's planes
/// and its declared format do not fit together; `frame` is then empty.
void wrap(transport::IncomingFrame&& incoming, AVFrame& frame, StreamNote& note);

}  // namespace latham::media
