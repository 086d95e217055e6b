// SPDX-License-Identifier: MIT
#include "tests/process/trickle.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>

#include "system/error.h"
#include "system/unique_fd.h"
#include "tests/unit/supervisor/temp_dir.h"

namespace latham::test {
namespace {

using std::chrono::milliseconds;

/// Half a minute for all but the last tenth of any file.
constexpr milliseconds kEvery{20};
constexpr std::size_t kParts = 1500;

}  // namespace

Trickle::Trickle(const std::string& file) : path_(file + ".fifo") {
  ::unlink(path_.c_str());
  if (::mkfifo(path_.c_str(), 0600) != 0) throw_errno("make a FIFO");
  ::signal(SIGPIPE, SIG_IGN);
  writer_ = std::thread([this, bytes = read_file(file)] { write(bytes); });
}

Trickle::~Trickle() {
  gone_ = true;
  writer_.join();
}

void Trickle::write(const std::string& bytes) {
  UniqueFd fd;
  std::size_t at = 0;
  const std::size_t part = std::max<std::size_t>(bytes.size() / kParts, 1);
  while (!gone_ && at < bytes.size()) {
    if (!fd) fd.reset(::open(path_.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));  // once it is read
    const std::size_t end = released_ ? bytes.size() : bytes.size() / 10 * 9;
    const std::size_t wanted = released_ ? end - at : std::min(part, end - at);
    if (fd && wanted > 0) {
      const ssize_t wrote = ::write(fd.get(), bytes.data() + at, wanted);
      if (wrote > 0) at += static_cast<std::size_t>(wrote);
    }
    std::this_thread::sleep_for(released_ ? kEvery / 10 : kEvery);
  }
}

}  // namespace latham::test
