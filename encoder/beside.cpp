// SPDX-License-Identifier: MIT
#include "encoder/beside.h"

#include <utility>

#include "media/messages.h"

namespace latham::encoder {

bool Beside::ready(std::int64_t up_to) const {
  if (!waiting_.empty() && oldest_waiting_ <= up_to) return true;
  return !whole_ && in_.receiver->ready();
}

transport::Status Beside::next(std::vector<std::byte>& message, std::int64_t up_to) {
  while (waiting_.empty() || oldest_waiting_ > up_to) {
    const transport::Status status = receive(message);
    if (status != transport::Status::ok) return status;
    if (waiting_.empty() && in_.packets_read <= up_to) return status;
    waiting_.push_back(std::exchange(message, {}));
    look_at_waiting();
  }
  message = std::move(waiting_.front());
  waiting_.pop_front();
  look_at_waiting();
  return transport::Status::ok;
}

transport::Status Beside::keep() {
  std::vector<std::byte> message;
  const transport::Status status = receive(message);
  if (status != transport::Status::ok) return status;
  waiting_.push_back(std::move(message));
  look_at_waiting();
  return status;
}

transport::Status Beside::receive(std::vector<std::byte>& message) {
  if (whole_) return transport::Status::again;
  const transport::Status status = in_.receiver->receive(message);
  if (status != transport::Status::ok) return status;
  in_.packets_read = media::packets_read(message);
  whole_ = media::kind_of(message) == media::MessageKind::end;
  return status;
}

void Beside::look_at_waiting() {
  oldest_waiting_ = waiting_.empty() ? INT64_MAX : media::packets_read(waiting_.front());
}

}  // namespace latham::encoder
