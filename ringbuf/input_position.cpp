// SPDX-License-Identifier: MIT
#include "ringbuf/input_position.h"

#include <fcntl.h>

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstring>
#include <type_traits>
#include <utility>

#include "ringbuf/kill_point.h"

namespace latham::ringbuf {
namespace {

constexpr std::uint64_t kPage = 4096;
constexpr const char* kName = "latham-input-position";

/// Two places, so that who is killed in the middle of a store leaves the one before.
struct Page {
  std::atomic<std::uint64_t> current;  ///< Its low bit says which place is whole.
  InputPosition places[2];
};
using Words = std::array<std::uint64_t, sizeof(InputPosition) / sizeof(std::uint64_t)>;

static_assert(std::is_trivially_copyable_v<InputPosition> && sizeof(InputPosition) == 40 &&
                  sizeof(Page) == 88 && std::atomic<std::uint64_t>::is_always_lock_free,
              "layout changed: increment kLayoutVersion");

Page& page_of(const Mapping& mapping) noexcept {
  return *reinterpret_cast<Page*>(mapping.data());
}

}  // namespace

UniqueFd create_input_position() {
  UniqueFd fd = create_region(kName, kPage);
  InputPositionWriter(UniqueFd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 3))).store({});
  return fd;
}

InputPositionWriter::InputPositionWriter(UniqueFd fd)
    : page_(std::move(fd), Access::write, sizeof(Page), kName) {}

void InputPositionWriter::store(const InputPosition& position) noexcept {
  Page& page = page_of(page_);
  const std::uint64_t other = ~page.current & 1;
  auto* place = reinterpret_cast<std::byte*>(&page.places[other]);
  for (const std::uint64_t& word : std::bit_cast<Words>(position)) {
    kill_point();
    std::memcpy(place, &word, sizeof(word));
    place += sizeof(word);
  }
  kill_point();
  page.current = other;
}

InputPosition last_input_position(UniqueFd fd) {
  const Mapping mapping(std::move(fd), Access::read, sizeof(Page), kName);
  const Page& page = page_of(mapping);
  return page.places[page.current & 1];
}

}  // namespace latham::ringbuf
