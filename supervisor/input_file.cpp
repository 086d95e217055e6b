// SPDX-License-Identifier: MIT
#include "supervisor/input_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "supervisor/failure.h"
#include "supervisor/inherited.h"
#include "system/uninterrupted.h"

namespace latham::supervisor {
namespace {

/// Demuxers whose "file name" is not a file to read, or that open further files themselves.
constexpr std::array<std::string_view, 16> kOwnOpeners = {
    "lavfi", "image2", "concat", "v4l2",     "video4linux2", "x11grab",  "kmsgrab", "fbdev",
    "alsa",  "pulse",  "jack",   "decklink", "dshow",        "iec61883", "sdp",     "glob_pattern"};

bool exists(const std::string& path) {
  struct stat st {};
  return ::lstat(path.c_str(), &st) == 0;
}

/// img%d.png, img%03d.png; "50%off.mp4" is a name like any other.
bool is_numbered(std::string_view name) {
  for (std::size_t at = name.find('%'); at != std::string_view::npos; at = name.find('%', at + 1)) {
    std::size_t end = at + 1;
    while (end < name.size() && name[end] >= '0' && name[end] <= '9') ++end;
    if (end < name.size() && name[end] == 'd') return true;
  }
  return false;
}

[[noreturn]] void refuse(const std::string& name, int error) {
  std::string line = fmt::format("input: open '{}': {}", name, std::strerror(error));
  if (error == ENOENT) line += "; check the name and the folder";
  if (error == EACCES) line += "; check its permissions (ls -l)";
  throw Failure(ExitCode::input, line);
}

}  // namespace

bool is_repeatable(const Input& input, int fd) {
  if (fd >= 0) {
    struct stat st {};
    return ::fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && !is_descriptor(input.name);
  }
  const std::string format = value_of(input.options, "f");
  return format == "lavfi" || format == "image2" || format == "concat" ||
         (format.empty() && !has_scheme(input.name));
}

std::string path_of(const std::string& name) {
  return name.starts_with("file:") ? name.substr(5) : name;
}

bool has_scheme(const std::string& name) {
  const std::size_t colon = name.find(':');
  // The one scheme with options before its colon.
  if (name.starts_with("subfile,") && colon != std::string::npos) return true;
  if (colon == std::string::npos || colon == 0 || name.starts_with("file:")) return false;
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto inner = [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '.' || c == '-';
  };
  return letter(name.front()) &&
         std::all_of(name.begin(), name.begin() + static_cast<std::ptrdiff_t>(colon), inner);
}

bool decoder_opens(const Input& input) {
  if (is_descriptor(input.name)) return false;
  if (std::find(kOwnOpeners.begin(), kOwnOpeners.end(), value_of(input.options, "f")) !=
      kOwnOpeners.end())
    return true;
  if (value_of(input.options, "pattern_type") == "glob") return true;
  if (input.name.find("://") != std::string::npos && !input.name.starts_with("file:")) return true;
  // A file really called "a:b.mp4" or "img%d.png" is a file.
  if (exists(path_of(input.name))) return false;
  return has_scheme(input.name) || is_numbered(input.name);
}

UniqueFd open_input(const Input& input) {
  if (decoder_opens(input)) return {};
  if (input.name == "-") {
    UniqueFd copy(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
    if (!copy) throw Failure(ExitCode::input, "input: '-' is standard input, but it is closed");
    return copy;
  }
  if (const auto number = pipe_number(input.name)) {
    UniqueFd copy = inherited(*number);
    if (!copy)
      throw Failure(ExitCode::input,
                    fmt::format("input: '{}': no such descriptor; open it where latham is started "
                                "({}<FILE)",
                                input.name, *number));
    return copy;
  }
  const std::string path = path_of(input.name);
  UniqueFd fd(uninterrupted([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC); }));
  if (!fd) refuse(path, errno);
  struct stat st {};
  if (::fstat(fd.get(), &st) != 0) refuse(path, errno);
  if (S_ISDIR(st.st_mode))
    throw Failure(ExitCode::input, fmt::format("input: '{}' is a folder; name a file in it", path));
  return fd;
}

}  // namespace latham::supervisor
