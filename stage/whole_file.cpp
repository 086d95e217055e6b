// SPDX-License-Identifier: MIT
#include "stage/whole_file.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <stdexcept>

#include "system/uninterrupted.h"

namespace latham::stage {

std::vector<std::byte> read_whole(int fd, std::int64_t most_bytes, const std::string& what) {
  struct stat st {};
  if (::fstat(fd, &st) != 0 || st.st_size > most_bytes)
    throw std::runtime_error(fmt::format("{} is too large", what));
  std::vector<std::byte> bytes(static_cast<std::size_t>(st.st_size));
  for (std::size_t at = 0; at < bytes.size();) {
    const ssize_t got = uninterrupted(
        [&] { return ::pread(fd, bytes.data() + at, bytes.size() - at, static_cast<off_t>(at)); });
    if (got <= 0) throw std::runtime_error(fmt::format("{} cannot be read", what));
    at += static_cast<std::size_t>(got);
  }
  return bytes;
}

}  // namespace latham::stage
