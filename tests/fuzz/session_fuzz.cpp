// SPDX-License-Identifier: MIT
// Fuzzes a session's socket: a visitor sends each line of the input as a packet, as bytes that need not be a message,
// and the session serves; then the other way round, as one that looks for sessions reads them.
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <string>

#include "supervisor/visitors.h"
#include "tests/fuzz/lines.h"

namespace {

using namespace latham;
using namespace latham::supervisor;

/// A session with nothing to see, in a folder of its own.
struct Session {
  Session() {
    std::string folder = "/tmp/latham-fuzz-XXXXXX";
    if (::mkdtemp(folder.data()) == nullptr) std::abort();
    ::setenv("XDG_RUNTIME_DIR", folder.c_str(), 1);
    visitors.listen();
    ::signal(SIGPIPE, SIG_IGN);
  }
  ~Session() {
    visitors.close();
    ::rmdir(std::getenv("XDG_RUNTIME_DIR"));
  }
  GuestDesk desk;
  Visitors visitors{desk};
};

void send(int fd, const std::string& packet) {
  (void)!::send(fd, packet.data(), packet.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Session session;
  auto found = find_sessions(::getpid());
  if (found.empty()) std::abort();
  session.visitors.serve();
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) != 0) std::abort();
  const UniqueFd ours(ends[0]);
  UniqueFd theirs(ends[1]);
  for (const std::string& line : test::lines_of(data, size)) {
    send(found.front().connection.get(), line + "\n");
    send(theirs.get(), line + "\n");
    session.visitors.serve();
    try {
      while (next_message(ours.get(), std::chrono::milliseconds(0))) {
      }
    } catch (const std::exception&) {
      // No message: whoever asked gives up.
    }
  }
  if (session.desk.requests.size() > 1000) std::abort();  // nobody is seated, so nobody may ask
  found.clear();
  session.visitors.serve();
  return 0;
}
