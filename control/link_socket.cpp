// SPDX-License-Identifier: MIT
#include "control/link_socket.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>
#include <system_error>

#include "system/error.h"
#include "system/uninterrupted.h"

namespace latham::control {
namespace {

/// Room for the descriptors of one packet, aligned for the header in front of them.
struct alignas(cmsghdr) FdRoom {
  std::array<char, CMSG_SPACE(kMaxLinkFds * sizeof(int))> bytes{};
};

/// Makes every descriptor of `header` owned. `fds` must have its capacity already: a failing
/// allocation here would leak them.
void adopt_fds(msghdr& header, std::vector<UniqueFd>& fds) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof fd);
      fds.emplace_back(fd);
    }
  }
}

}  // namespace

std::pair<UniqueFd, UniqueFd> make_link_pair() {
  std::array<int, 2> ends{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    throw_errno("create a link socket pair");
  }
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

void send_link(int fd, const Message& message, std::span<const int> fds) {
  std::string line = format(message);
  if (fds.size() > kMaxLinkFds) {
    throw std::system_error(
        std::make_error_code(std::errc::invalid_argument),
        fmt::format("send link message '{}' with {} descriptors, at most {} fit", message.word,
                    fds.size(), kMaxLinkFds));
  }
  iovec data{.iov_base = line.data(), .iov_len = line.size()};
  msghdr header{};
  header.msg_iov = &data;
  header.msg_iovlen = 1;
  FdRoom room;
  if (!fds.empty()) {
    header.msg_control = room.bytes.data();
    header.msg_controllen = CMSG_SPACE(fds.size_bytes());
    cmsghdr* const part = CMSG_FIRSTHDR(&header);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(fds.size_bytes());
    std::memcpy(CMSG_DATA(part), fds.data(), fds.size_bytes());
  }
  // A peer that is stopped must not stop its sender: a full socket is an error, not a wait.
  if (uninterrupted([&] { return ::sendmsg(fd, &header, MSG_NOSIGNAL | MSG_DONTWAIT); }) < 0)
    throw_errno(
        fmt::format("send link message '{}' with {} descriptors", message.word, fds.size()));
}

std::optional<LinkMessage> receive_link(int fd) {
  LinkMessage result;
  result.fds.reserve(kMaxLinkFds);
  std::array<char, kMaxLine> bytes;
  FdRoom room;
  iovec data{.iov_base = bytes.data(), .iov_len = bytes.size()};
  msghdr header{};
  const ssize_t got = uninterrupted([&] {
    header = msghdr{};
    header.msg_iov = &data;
    header.msg_iovlen = 1;
    header.msg_control = room.bytes.data();
    header.msg_controllen = room.bytes.size();
    return ::recvmsg(fd, &header, MSG_CMSG_CLOEXEC);
  });
  if (got < 0) {
    // The peer closed with packets of ours unread: closed all the same.
    if (errno == ECONNRESET) return std::nullopt;
    throw_errno("receive a link message");
  }

  // Own what came before judging it, so that every way out closes it.
  adopt_fds(header, result.fds);
  if ((header.msg_flags & MSG_CTRUNC) != 0) {
    throw std::runtime_error(fmt::format(
        "link message lost descriptors: more than {} were sent, or this process may open "
        "no more (ulimit -n)",
        kMaxLinkFds));
  }
  if ((header.msg_flags & MSG_TRUNC) != 0) {
    throw std::runtime_error(fmt::format("link message is longer than {} bytes", kMaxLine));
  }
  // An empty packet looks like the end of file; nobody of ours sends one.
  if (got == 0 && result.fds.empty()) return std::nullopt;

  const std::string_view line(bytes.data(), static_cast<std::size_t>(got));
  auto message = line.ends_with('\n') ? parse(line.substr(0, line.size() - 1)) : std::nullopt;
  if (!message) throw std::runtime_error("link message is no control line");
  result.message = std::move(*message);
  return result;
}

}  // namespace latham::control
