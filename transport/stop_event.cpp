// SPDX-License-Identifier: MIT
#include "transport/stop_event.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

#include "system/error.h"
#include "system/uninterrupted.h"

namespace latham::transport {

StopEvent::StopEvent() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!event_) throw_errno("make an event descriptor");
}

void StopEvent::stop() noexcept {
  const std::uint64_t one = 1;
  (void)!::write(event_.get(), &one, sizeof(one));
}

bool StopEvent::wait(int fd, short events) const noexcept {
  pollfd fds[2] = {{fd, events, 0}, {event_.get(), POLLIN, 0}};
  (void)uninterrupted([&] { return ::poll(fds, 2, -1); });
  return fds[1].revents == 0;
}

}  // namespace latham::transport
