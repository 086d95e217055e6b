// SPDX-License-Identifier: MIT
#include "supervisor/output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

#include "supervisor/failure.h"
#include "supervisor/file_lock.h"
#include "supervisor/inherited.h"
#include "supervisor/output_failure.h"
#include "system/error.h"
#include "system/uninterrupted.h"

namespace latham::supervisor {
namespace {

namespace fs = std::filesystem;

constexpr int kLookAgainMs = 50;
constexpr int kPartTries = 16;

/// The same file by device and number, whatever it is called.
bool same_file(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/// The file that we have open is the one of that name.
bool is_name_of(const std::string& path, int fd) {
  struct stat named {};
  struct stat opened {};
  if (::fstat(fd, &opened) != 0) refuse_errno("look at", path);
  if (::lstat(path.c_str(), &named) == 0) return same_file(named, opened);
  if (errno != ENOENT) refuse_errno("look at", path);
  return false;
}

/// The same of a file that we have just made: where nobody can tell it goes again, since no job will.
bool is_still_ours(const std::string& part, int fd) {
  try {
    return is_name_of(part, fd);
  } catch (const Failure&) {
    ::unlink(part.c_str());
    throw;
  }
}

void refuse_if_input(const std::string& name, const struct stat& output,
                     std::span<const OpenInput> inputs) {
  for (const OpenInput& input : inputs) {
    struct stat st {};
    const bool known = input.fd ? ::fstat(input.fd.get(), &st) == 0
                                : ::stat(path_of(input.name).c_str(), &st) == 0;
    if (known && S_ISREG(st.st_mode) && same_file(st, output))
      refuse_output(fmt::format("'{}' is the input itself; choose another name", name));
  }
}

/// Whether a person sits there to answer: reading the terminal from the background would stop us.
bool can_ask() {
  return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1 &&
         ::tcgetpgrp(STDIN_FILENO) == ::getpgrp();
}

bool ask_to_overwrite(const std::string& name, const WhileWaiting& while_waiting) {
  fmt::print(stderr, "File '{}' exists. Overwrite? [y/N] ", name);
  pollfd terminal{STDIN_FILENO, POLLIN, 0};
  while (::poll(&terminal, 1, kLookAgainMs) <= 0) while_waiting();
  char answer[64];
  const ssize_t got = ::read(STDIN_FILENO, answer, sizeof(answer));
  return got > 0 && (answer[0] == 'y' || answer[0] == 'Y');
}

std::string folder_of(const std::string& path) {
  const fs::path folder = fs::path(path).parent_path();
  return folder.empty() ? "." : folder.string();
}

}  // namespace

std::string final_path(const std::string& path) {
  std::error_code error;
  const fs::path resolved = fs::canonical(path, error);
  return error ? path : resolved.string();
}

OutputFile::OutputFile(const std::string& name, std::span<const OpenInput> inputs,
                       const Globals& globals, const WhileWaiting& while_waiting,
                       const std::string& own_part) {
  if (name == "-") {
    fd_.reset(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3));
    if (!fd_) refuse_output("'-' is standard output, but it is closed");
    return;
  }
  if (const auto number = pipe_number(name)) {
    fd_ = inherited(*number);
    if (!fd_)
      refuse_output(fmt::format(
          "'{}': no such descriptor; open it where latham is started ({}>FILE)", name, *number));
    return;
  }
  const std::string path = path_of(name);
  struct stat st {};
  const bool exists = ::stat(path.c_str(), &st) == 0;
  if (!exists && errno != ENOENT) refuse_errno("open", path);
  if (exists && S_ISDIR(st.st_mode))
    refuse_output(fmt::format("'{}' is a folder; add a file name", path));
  if (exists && (!S_ISREG(st.st_mode) || path.starts_with("/dev/") || path.starts_with("/proc/"))) {
    open_directly(path, S_ISFIFO(st.st_mode), while_waiting);
    return;
  }

  final_ = final_path(path);
  replace_ = globals.overwrite;
  if (exists) {
    refuse_if_input(name, st, inputs);
    if (!replace_ && !globals.keep_existing && can_ask())
      replace_ = ask_to_overwrite(path, while_waiting);
    if (!replace_)
      refuse_output(fmt::format(
          "'{}' exists; {}", path,
          globals.keep_existing ? "-n keeps it, so nothing was done" : "add -y to overwrite it"));
  } else if (!fs::is_directory(folder_of(final_))) {
    refuse_output(fmt::format("folder '{}' does not exist; make it with: mkdir -p '{}'",
                              folder_of(final_), folder_of(final_)));
  }
  if (own_part.empty())
    open_part(final_ + ".part", globals.overwrite);
  else
    open_part(own_part, true);
}

void OutputFile::open_part(const std::string& part, bool overwrite) {
  // Somebody else may take the name between two of our steps; then all begins anew.
  for (int tries = 0; tries < kPartTries; ++tries) {
    fd_.reset(uninterrupted(
        [&] { return ::open(part.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666); }));
    if (fd_) {
      // Not every file system knows locks; without one another latham may write beside us.
      const bool locked = ::flock(fd_.get(), LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
      if (!locked || !is_still_ours(part, fd_.get())) continue;
      part_ = part;
      return;
    }
    if (errno != EEXIST) refuse_errno("create", part);
    // Left behind by a crash or a power cut, or being written right now: the lock tells.
    const UniqueFd other(uninterrupted(
        [&] { return ::open(part.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK); }));
    if (other && !lock_file(other.get()))
      refuse_output(
          fmt::format("another latham is writing '{}'; wait for it or choose another name", part));
    // Whoever had the lock may have given the file its name, and the next one may write there by now.
    if (other && !is_name_of(part, other.get())) continue;
    if (!overwrite)
      refuse_output(
          fmt::format("'{}' was left by an earlier run; remove it or add -y to replace it", part));
    // With its lock in our hands, so that of several who waited for it one removes it.
    if (::unlink(part.c_str()) != 0 && errno != ENOENT) refuse_errno("remove", part);
  }
  refuse_output(fmt::format("others keep writing '{}'; choose another name", part));
}

void OutputFile::open_directly(const std::string& path, bool fifo,
                               const WhileWaiting& while_waiting) {
  // A FIFO opens only once somebody reads it. We wait for that awake, so that Ctrl-C works.
  const int extra = fifo ? O_NONBLOCK : 0;
  for (;;) {
    fd_.reset(uninterrupted([&] { return ::open(path.c_str(), O_WRONLY | O_CLOEXEC | extra); }));
    if (fd_) break;
    if (!fifo || errno != ENXIO) refuse_errno("open", path);
    while_waiting();
    ::poll(nullptr, 0, kLookAgainMs);
  }
  if (fifo) ::fcntl(fd_.get(), F_SETFL, O_WRONLY);
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : fd_(std::move(other.fd_)),
      final_(std::move(other.final_)),
      part_(std::exchange(other.part_, std::string())),
      replace_(other.replace_) {}

OutputFile::~OutputFile() {
  if (!part_.empty()) ::unlink(part_.c_str());
}

std::optional<std::uint64_t> OutputFile::bytes() const noexcept {
  struct stat st {};
  if (::fstat(fd_.get(), &st) != 0 || !S_ISREG(st.st_mode)) return std::nullopt;
  return static_cast<std::uint64_t>(st.st_size);
}

UniqueFd OutputFile::reopen() const {
  // By descriptor: the name may have been moved meanwhile.
  const std::string path = fmt::format("/proc/self/fd/{}", fd_.get());
  UniqueFd fd(uninterrupted([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC); }));
  if (!fd) throw_errno("open the output for reading");
  return fd;
}

void OutputFile::commit() {
  if (part_.empty()) return;
  if (uninterrupted([&] { return ::fsync(fd_.get()); }) != 0 && errno != EINVAL && errno != EROFS)
    refuse_errno("write", part_);
  // Somebody may have made a file of that name meanwhile; without -y it is theirs.
  const unsigned flags = replace_ ? 0U : RENAME_NOREPLACE;
  int renamed = ::renameat2(AT_FDCWD, part_.c_str(), AT_FDCWD, final_.c_str(), flags);
  if (renamed != 0 && errno == EEXIST)
    refuse_output(
        fmt::format("'{}' was made by somebody else meanwhile; add -y to overwrite it", final_));
  if (renamed != 0 && (errno == EINVAL || errno == ENOSYS))
    renamed = ::rename(part_.c_str(), final_.c_str());
  if (renamed != 0) refuse_errno("rename the finished file to", final_);
  part_.clear();
  // The name itself is durable once its folder is; a file system that cannot sync one is not an
  // error.
  const UniqueFd folder(::open(folder_of(final_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder) ::fsync(folder.get());
}

}  // namespace latham::supervisor
