// SPDX-License-Identifier: MIT
#include "stage/channel_end.h"

#include <fmt/format.h>

#include "system/failure.h"

namespace latham::stage {

void throw_not_sent(transport::Status status, const std::string& frame) {
  if (status == transport::Status::no_memory)
    throw StageFailure(
        FailureKind::failed,
        fmt::format("no memory for {}: free some memory or use a smaller picture", frame));
  throw StageFailure(FailureKind::neighbour, "pass on a frame: the next stage is gone");
}

void throw_not_taken(transport::Status status, const std::string& what, std::int64_t taken) {
  if (status == transport::Status::corrupt)
    throw StageFailure(
        FailureKind::neighbour,
        fmt::format("take {}: the sender broke the protocol after frame {}", what, taken));
  if (status == transport::Status::no_memory)
    throw StageFailure(FailureKind::failed,
                       fmt::format("take {}: out of memory after frame {}", what, taken));
  throw StageFailure(
      FailureKind::neighbour,
      fmt::format("take {}: the stage before went away after frame {} without an end of stream",
                  what, taken));
}

void warn_of_losses(Stage& stage, const std::vector<std::string>& losses) {
  for (const std::string& loss : losses)
    stage.status().warning(
        fmt::format("side data '{}' is too large to travel with its frame and is lost", loss));
}

}  // namespace latham::stage
