// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "control/link_socket.h"
#include "supervisor/runtime_folder.h"
#include "system/unique_fd.h"

namespace latham::supervisor {

/// Where a running session can be reached by other processes of the same user, from construction to
/// destruction: a SOCK_SEQPACKET socket that carries link messages both ways. Who speaks is checked
/// with SO_PEERCRED on both sides.
class SessionSocket {
 public:
  /// Throws std::system_error or std::runtime_error.
  SessionSocket();
  SessionSocket(const SessionSocket&) = delete;
  SessionSocket& operator=(const SessionSocket&) = delete;
  ~SessionSocket();

  /// Readable when somebody knocks.
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  /// The next who has knocked, as a connection that never blocks; nothing where nobody has, or
  /// somebody else's process did.
  [[nodiscard]] std::optional<UniqueFd> accept() noexcept;

 private:
  explicit SessionSocket(RuntimeFolder folder) : folder_(std::move(folder)) {}

  RuntimeFolder folder_;
  UniqueFd fd_;
};

/// A session from outside.
struct FoundSession {
  pid_t pid = 0;
  UniqueFd connection;  ///< Never blocks. Says nothing where the session had no time for us.
};

/// The living sessions of this user, or the one with that number. What dead ones left is removed.
[[nodiscard]] std::vector<FoundSession> find_sessions(std::optional<pid_t> only = std::nullopt);

/// The other side of a connection is gone.
struct SessionLeft : std::runtime_error {
  SessionLeft() : std::runtime_error("the other side has left") {}
};

/// The next message on a connection that never blocks: nothing where there is none within
/// `longest`. Throws SessionLeft, or as receive_link() where the other side breaks the rules or the
/// kernel refuses.
[[nodiscard]] std::optional<control::LinkMessage> next_message(int connection,
                                                               std::chrono::milliseconds longest);

}  // namespace latham::supervisor
