// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "ringbuf/shm_layout.h"
#include "system/unique_fd.h"

/// Making, sealing and mapping the shared regions. Setup only: everything here may throw
/// std::system_error (what was tried, with the size) or std::runtime_error (a region that is not
/// what it claims to be).
namespace latham::ringbuf {

struct PoolGeometry {
  std::uint32_t slots = 32;    ///< 2..entries.
  std::uint32_t entries = 32;  ///< Power of two, 2..kMaxEntries.
  std::uint64_t slot_bytes = std::uint64_t{256}
                             << 20;  ///< Largest frame; pages are taken only when used.
};

// ---- the supervisor's side: create, hand over -----------------------------------------------

/// A pool of zero pages with its header written, sealed against resizing (SHRINK, GROW) but still
/// open for its producer's writable mapping and for further seals.
[[nodiscard]] UniqueFd create_pool(const Identity& identity, const PoolGeometry& geometry);
/// Call once its writer has mapped the region: nobody can map it writable afterwards, not even by
/// reopening a read-only descriptor through /proc. `what` names it in errors.
void seal_region(int fd, const char* what);
inline void seal_pool(int fd) {
  seal_region(fd, "a frame pool");
}
[[nodiscard]] UniqueFd create_claims(const Identity& identity, std::uint32_t consumer);
/// The same page for the next incarnation of a consumer that is dead and reaped: its own is sealed.
[[nodiscard]] UniqueFd inherit_claims(const Identity& identity, std::uint32_t consumer, int dead);
[[nodiscard]] UniqueFd create_bell();
/// The same region through a read-only descriptor.
[[nodiscard]] UniqueFd reopen_read_only(int fd);

/// An anonymous region of `bytes` zero bytes, sealed against resizing.
[[nodiscard]] UniqueFd create_region(const char* name, std::uint64_t bytes);

// ---- the stage's side: check, map -------------------------------------------------------------

enum class Access : std::uint8_t { read, write };

/// A shared mapping of a whole region. Receivers check size and seals before they map, so that a
/// peer can neither shrink it under them (SIGBUS) nor hand over something else. The descriptor is closed: a
/// mapping outlives it, and dead pools may stay mapped for as long as a frame of theirs is held.
class Mapping {
 public:
  Mapping() noexcept = default;
  /// `what` names the region in errors. Throws unless the region is sealed against resizing and has
  /// at least `least` bytes.
  Mapping(UniqueFd fd, Access access, std::uint64_t least, const std::string& what);
  Mapping(Mapping&& other) noexcept;
  Mapping& operator=(Mapping&& other) noexcept;
  ~Mapping();

  [[nodiscard]] std::byte* data() const noexcept { return data_; }
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

 private:
  std::byte* data_ = nullptr;
  std::uint64_t size_ = 0;
};

/// A mapped pool whose header was copied once and checked.
class PoolMapping {
 public:
  PoolMapping(UniqueFd fd, Access access);

  [[nodiscard]] const PoolHeader& header() const noexcept { return header_; }
  [[nodiscard]] PoolFront& front() const noexcept;
  [[nodiscard]] Entry& entry(std::uint64_t number) const noexcept;
  [[nodiscard]] std::uint32_t place(std::uint64_t number) const noexcept {
    return static_cast<std::uint32_t>(number & (header_.entries - 1));
  }
  /// `slot` must be below header().slots.
  [[nodiscard]] SlotDescriptor& descriptor(std::uint32_t slot) const noexcept;
  [[nodiscard]] std::byte* pixels(std::uint32_t slot) const noexcept;
  [[nodiscard]] std::byte* data() const noexcept { return mapping_.data(); }

 private:
  Mapping mapping_;
  PoolHeader header_{};
};

/// A mapped claims page.
class ClaimsMapping {
 public:
  ClaimsMapping(UniqueFd fd, Access access);
  [[nodiscard]] Claims& claims() const noexcept;
  [[nodiscard]] std::uint32_t consumer() const noexcept { return consumer_; }

 private:
  Mapping mapping_;
  std::uint32_t consumer_ = 0;
};

[[nodiscard]] bool operator==(const Identity& a, const Identity& b) noexcept;

}  // namespace latham::ringbuf
