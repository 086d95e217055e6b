// SPDX-License-Identifier: MIT
#include "supervisor/progress_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iterator>

#include "supervisor/failure.h"
#include "supervisor/inherited.h"
#include "supervisor/input_file.h"

namespace latham::supervisor {
namespace {

constexpr int kLastBlockWait_ms = 2000;

[[noreturn]] void fail(const std::string& target, const std::string& reason) {
  throw Failure(ExitCode::output, fmt::format("-progress '{}': {}", target, reason));
}

UniqueFd inherited_target(const std::string& target, int number) {
  UniqueFd own = inherited(number);
  if (!own) fail(target, "no such descriptor; open it where latham is started (3>FILE)");
  return own;
}

/// For sockets of our own; a descriptor that we were given is shared with others.
UniqueFd never_blocking(UniqueFd fd) {
  ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK);
  return fd;
}

UniqueFd connect_unix(const std::string& target, const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) fail(target, "the path is too long for a socket");
  path.copy(address.sun_path, path.size());
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd || ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
    fail(target, fmt::format("{}; is anybody listening there?", std::strerror(errno)));
  return never_blocking(std::move(fd));
}

UniqueFd connect_tcp(const std::string& target, std::string_view address) {
  address = address.substr(0, address.find_first_of("/?"));
  const std::size_t colon = address.rfind(':');
  if (colon == std::string_view::npos)
    throw Failure(ExitCode::usage, fmt::format("-progress '{}': must be tcp://HOST:PORT", target));
  std::string host(address.substr(0, colon));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const std::string port(address.substr(colon + 1));
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int code = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found); code != 0)
    fail(target, ::gai_strerror(code));
  UniqueFd fd;
  int reason = 0;
  for (const addrinfo* a = found; a != nullptr && !fd; a = a->ai_next) {
    UniqueFd next(::socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol));
    if (next && ::connect(next.get(), a->ai_addr, a->ai_addrlen) == 0)
      fd = never_blocking(std::move(next));
    else
      reason = errno;
  }
  ::freeaddrinfo(found);
  if (!fd) fail(target, fmt::format("{}; is anybody listening there?", std::strerror(reason)));
  return fd;
}

UniqueFd open_target(const std::string& target) {
  if (is_standard_output(target)) return inherited_target(target, STDOUT_FILENO);
  if (const auto number = pipe_number(target)) return inherited_target(target, *number);
  if (target.starts_with("unix:"))
    return connect_unix(target, target.substr(target.starts_with("unix://") ? 7 : 5));
  if (target.starts_with("tcp://")) return connect_tcp(target, std::string_view(target).substr(6));
  if (has_scheme(target) && !target.starts_with("file:"))
    throw Failure(ExitCode::usage, fmt::format("-progress '{}': must be a file, -, pipe:N, "
                                               "unix:PATH or tcp://HOST:PORT",
                                               target));
  UniqueFd fd(
      ::open(path_of(target).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666));
  if (!fd) fail(target, std::strerror(errno));
  return fd;
}

std::string or_unknown(const std::optional<std::int64_t>& number) {
  return number ? fmt::format("{}", *number) : "N/A";
}

std::string out_time(std::int64_t us) {
  const std::int64_t all = std::abs(us);
  const std::int64_t s = all / 1'000'000;
  return fmt::format("{}{:02}:{:02}:{:02}.{:06}", us < 0 ? "-" : "", s / 3600, s / 60 % 60, s % 60,
                     all % 1'000'000);
}

/// printf's %4.3g: three significant digits, no zeros behind them.
std::string three_digits(double number) {
  return fmt::format("{:4.3g}", number);
}

}  // namespace

std::string progress_block(const Progress& progress) {
  std::string text;
  const auto add = [&](std::string_view key, const std::string& value) {
    fmt::format_to(std::back_inserter(text), "{}={}\n", key, value);
  };
  // As ffmpeg's: the count and the size are the first output's, the time the furthest of all.
  const OutputProgress first = progress.outputs.empty() ? OutputProgress{} : progress.outputs[0];
  const auto time = progress.time_us();
  add("frame", fmt::format("{}", first.frames));
  // As there: nothing is said of the first second.
  add("fps", fmt::format("{:.2f}", progress.elapsed_s > 1 ? progress.fps().value_or(0) : 0.0));
  for (std::size_t i = 0; i < progress.outputs.size(); ++i)
    add(fmt::format("stream_{}_0_q", i), fmt::format("{:.1f}", progress.outputs[i].quality));
  std::optional<double> rate;
  if (first.bytes && time && *time > 0)
    rate = static_cast<double>(*first.bytes) * 8 / (static_cast<double>(*time) / 1000);
  add("bitrate", rate ? fmt::format("{:6.1f}kbits/s", *rate) : "N/A");
  add("total_size", or_unknown(first.bytes));
  add("out_time_us", or_unknown(time));
  add("out_time_ms", or_unknown(time));
  add("out_time", time ? out_time(*time) : "N/A");
  add("dup_frames", fmt::format("{}", first.repeated));
  add("drop_frames", fmt::format("{}", first.dropped));
  const auto speed = progress.speed();
  add("speed", speed && *speed >= 0 ? three_digits(*speed) + "x" : "N/A");
  add("progress", progress.ended ? "end" : "continue");
  return text;
}

ProgressFile::ProgressFile(const std::string& target) : fd_(open_target(target)) {}

bool ProgressFile::write(const Progress& progress) noexcept {
  if (!fd_) return false;
  try {
    const std::string block = progress_block(progress);
    pollfd room{fd_.get(), POLLOUT, 0};
    if (::poll(&room, 1, progress.ended ? kLastBlockWait_ms : 0) <= 0) return true;
    // Less than PIPE_BUF bytes: where a pipe has room at all, it has room for them.
    if (::write(fd_.get(), block.data(), block.size()) >= 0) return true;
    if (errno == EAGAIN || errno == EINTR) return true;
  } catch (const std::exception&) {  // no memory for the text
    return true;
  }
  fd_.reset();
  return false;
}

}  // namespace latham::supervisor
