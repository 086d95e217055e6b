// SPDX-License-Identifier: MIT
#include "viewer/feed.h"

#include <fmt/format.h>

#include <utility>

#include "media/frame_wire.h"
#include "stage/channel_end.h"
#include "system/failure.h"

namespace latham::viewer {

TakenFrame Feed::take() {
  if (ended_) return nullptr;
  transport::IncomingFrame incoming;
  const transport::Status status = in_.receive(incoming);
  switch (status) {
    case transport::Status::ok:
      break;
    case transport::Status::end:
      ended_ = true;
      return nullptr;
    case transport::Status::again:
      return nullptr;
    default:
      stage::throw_not_taken(status, "frames", static_cast<std::int64_t>(number_));
  }
  auto taken = std::make_shared<Taken>();
  taken->number = incoming.number;
  taken->frame = media::make_frame();
  media::wrap(std::move(incoming), *taken->frame, taken->note);
  if (taken->frame->pts != AV_NOPTS_VALUE)
    taken->time_us = av_rescale_q(taken->frame->pts, taken->note.time_base, {1, AV_TIME_BASE});
  if (number_ != 0) skipped_ += taken->number - number_ - 1;
  number_ = taken->number;
  return taken;
}

}  // namespace latham::viewer
