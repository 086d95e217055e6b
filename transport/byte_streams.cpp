// SPDX-License-Identifier: MIT
#include "transport/byte_streams.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>

#include "system/error.h"

namespace latham::transport {
namespace {

constexpr int kSocketBytes = 1 << 20;

/// A folder of mode 0700 with one name in it, both gone with this object.
class PrivateName {
 public:
  PrivateName() {
    // An empty or relative value is to be ignored, says the XDG specification.
    const char* runtime = std::getenv("XDG_RUNTIME_DIR");
    folder_ = runtime != nullptr && runtime[0] == '/' ? runtime : "/tmp";
    folder_ += "/latham-XXXXXX";
    if (::mkdtemp(folder_.data()) == nullptr) throw_errno("make folder '" + folder_ + "'");
    path_ = folder_ + "/frames";
  }
  PrivateName(const PrivateName&) = delete;
  PrivateName& operator=(const PrivateName&) = delete;
  ~PrivateName() {
    ::unlink(path_.c_str());
    ::rmdir(folder_.c_str());
  }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string folder_;
  std::string path_;
};

UniqueFd open_fifo(const std::string& path, int flags) {
  UniqueFd fd(::open(path.c_str(), flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (!fd) throw_errno("open FIFO '" + path + "'");
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) throw_errno("look at FIFO '" + path + "'");
  if (!S_ISFIFO(status.st_mode) || status.st_uid != ::geteuid()) {
    errno = EPERM;
    throw_errno("use FIFO '" + path + "', which somebody else put there");
  }
  return fd;
}

}  // namespace

Pipe make_fifo() {
  const PrivateName name;
  if (::mkfifo(name.path().c_str(), 0600) != 0) throw_errno("make FIFO '" + name.path() + "'");
  // The reader first: a writer without one is refused.
  UniqueFd read = open_fifo(name.path(), O_RDONLY);
  UniqueFd write = open_fifo(name.path(), O_WRONLY);
  return {std::move(read), std::move(write)};
}

Pipe make_socket() {
  int fds[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) throw_errno("make a socket");
  Pipe ends{UniqueFd(fds[0]), UniqueFd(fds[1])};
  // The kernel caps it at net.core.wmem_max without a word; less is slower and still right.
  (void)::setsockopt(ends.write.get(), SOL_SOCKET, SO_SNDBUF, &kSocketBytes, sizeof(kSocketBytes));
  return ends;
}

}  // namespace latham::transport
