// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "control/message.h"
#include "system/unique_fd.h"

namespace latham::control {

inline constexpr std::size_t kMaxLinkFds = 8;

/// One packet of the link socket: a line and the descriptors that it brings, in the order in which
/// the word defines them. How many belong to a word is for the receiver to check.
struct LinkMessage {
  Message message;
  std::vector<UniqueFd> fds;
};

/// Both ends of a new link socket, close-on-exec. End of file on one means that the other process
/// is gone or has closed it.
[[nodiscard]] std::pair<UniqueFd, UniqueFd> make_link_pair();

/// Sends one packet with copies of `fds`, which stay the caller's. Never blocks and raises no
/// SIGPIPE. Throws std::system_error naming the word: EPIPE or ECONNRESET (the peer is gone),
/// EAGAIN (the peer does not take its packets), EINVAL (more than kMaxLinkFds descriptors). Throws
/// as format() for a message that makes no line.
void send_link(int fd, const Message& message, std::span<const int> fds = {});

/// Waits for one packet; nothing where the peer has closed. Its descriptors are close-on-exec.
/// Throws std::runtime_error for a packet that is too long, brings too many descriptors or is no
/// line; that packet's descriptors are closed and the next call goes on with the next packet.
/// Throws std::system_error when receiving fails; EAGAIN is for a non-blocking socket with nothing
/// on it.
[[nodiscard]] std::optional<LinkMessage> receive_link(int fd);

}  // namespace latham::control
