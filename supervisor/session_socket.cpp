// SPDX-License-Identifier: MIT
#include "supervisor/session_socket.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "system/error.h"
#include "system/uninterrupted.h"

namespace latham::supervisor {
namespace {

constexpr int kWaiting = 16;

const sockaddr* generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

UniqueFd make_socket() {
  UniqueFd fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) throw_errno("make a session socket");
  return fd;
}

/// The other end belongs to a process of the same user.
bool is_same_user(int fd) {
  ucred peer{};
  socklen_t size = sizeof(peer);
  return ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && size == sizeof(peer) &&
         peer.uid == ::geteuid();
}

}  // namespace

SessionSocket::SessionSocket() : SessionSocket(RuntimeFolder::make()) {
  // From here on the destructor clears away what was made, whatever fails.
  fd_ = make_socket();
  const pid_t self = ::getpid();
  for (int attempt = 0;; ++attempt) {
    const sockaddr_un address = folder_.new_address(self);
    if (::bind(fd_.get(), generic(address), sizeof(address)) == 0) break;
    // A dead session had our number, or the folder went with the last session before us.
    if (attempt == 8 || (errno != EADDRINUSE && errno != ENOENT))
      throw_errno("bind a session socket");
    folder_.remove(self);
    folder_ = RuntimeFolder::make();
  }
  if (::listen(fd_.get(), kWaiting) != 0) throw_errno("listen on a session socket");
  folder_.announce(self);
  folder_.remove_dead();
}

SessionSocket::~SessionSocket() {
  folder_.remove(::getpid());
}

std::optional<UniqueFd> SessionSocket::accept() noexcept {
  UniqueFd connection(::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!connection || !is_same_user(connection.get())) return std::nullopt;
  return connection;
}

std::vector<FoundSession> find_sessions(std::optional<pid_t> only) {
  std::vector<FoundSession> found;
  const auto folder = RuntimeFolder::find();
  if (!folder) return found;
  for (const pid_t pid : folder->sessions()) {
    if (only && *only != pid) continue;
    FoundSession session{pid, make_socket()};
    const sockaddr_un address = folder->address(pid);
    if (uninterrupted([&] {
          return ::connect(session.connection.get(), generic(address), sizeof(address));
        }) == 0) {
      if (is_same_user(session.connection.get())) found.push_back(std::move(session));
    } else if (errno == ECONNREFUSED) {
      folder->remove(pid);  // nobody listens there any more
    } else if (errno != ENOENT) {
      found.push_back(std::move(session));  // it is there, and has no time for us
    }
  }
  return found;
}

std::optional<control::LinkMessage> next_message(int connection,
                                                 std::chrono::milliseconds longest) {
  pollfd look{connection, POLLIN, 0};
  const int found =
      uninterrupted([&] { return ::poll(&look, 1, static_cast<int>(longest.count())); });
  if (found < 0) throw_errno("wait for a link message");
  if (found == 0) return std::nullopt;
  auto message = control::receive_link(connection);
  if (!message) throw SessionLeft();
  return message;
}

}  // namespace latham::supervisor
