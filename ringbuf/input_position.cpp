// SPDX-License-Identifier: MIT
#include "ringbuf/input_position.h"

#include <fcntl.h>

#include <cstring>
#include <type_traits>
#include <utility>

namespace latham::ringbuf {
namespace {

constexpr std::uint64_t kPage = 4096;
constexpr const char* kName = "latham-input-position";

}  // namespace

static_assert(std::is_trivially_copyable_v<InputPosition> && sizeof(InputPosition) == 40,
              "layout changed: increment kLayoutVersion");

UniqueFd create_input_position() {
  UniqueFd fd = create_region(kName, kPage);
  InputPositionWriter(UniqueFd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 3))).store({});
  return fd;
}

InputPositionWriter::InputPositionWriter(UniqueFd fd)
    : page_(std::move(fd), Access::write, sizeof(InputPosition), kName) {}

void InputPositionWriter::store(const InputPosition& position) noexcept {
  std::memcpy(page_.data(), &position, sizeof(position));
}

InputPosition last_input_position(UniqueFd fd) {
  const Mapping page(std::move(fd), Access::read, sizeof(InputPosition), kName);
  InputPosition position;
  std::memcpy(&position, page.data(), sizeof(position));
  return position;
}

}  // namespace latham::ringbuf
