// SPDX-License-Identifier: MIT
#include "supervisor/output_failure.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "supervisor/failure.h"

namespace latham::supervisor {

void refuse_output(const std::string& line) {
  throw Failure(ExitCode::output, "output: " + line);
}

void refuse_errno(const std::string& tried, const std::string& path) {
  const int error = errno;
  std::string line = fmt::format("{} '{}': {}", tried, path, std::strerror(error));
  if (error == EACCES || error == EPERM) line += "; check the permissions of its folder";
  if (error == ENOSPC || error == EDQUOT) line += "; make room on that disk";
  if (error == EROFS) line += "; choose a folder that can be written";
  refuse_output(line);
}

}  // namespace latham::supervisor
