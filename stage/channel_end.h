// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "stage/stage.h"
#include "transport/channel.h"

/// What a stage does at its ends of a channel, whatever travels there.
namespace latham::stage {

/// Sends by `write` and, as long as there is no room, sleeps and goes on by `flush`: `ok` once it is sent.
template <class Write, class Flush>
transport::Status send_all(Stage& stage, transport::FrameSender& sender, Write&& write,
                           Flush&& flush) {
  transport::Status status = write();
  while (status == transport::Status::again) {
    stage.serve();
    stage.wait([&] { return sender.ready(); });
    status = flush();
  }
  return status;
}

/// Throws StageFailure for a frame that was not sent; `frame`: "a frame of 640x480".
[[noreturn]] void throw_not_sent(transport::Status status, const std::string& frame);

/// Throws StageFailure for what could not be taken; `what`: "frames", of which `taken` came before.
[[noreturn]] void throw_not_taken(transport::Status status, const std::string& what,
                                  std::int64_t taken);

/// `losses`: kinds of side data.
void warn_of_losses(Stage& stage, const std::vector<std::string>& losses);

}  // namespace latham::stage
