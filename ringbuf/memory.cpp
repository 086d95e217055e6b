// SPDX-License-Identifier: MIT
#include "ringbuf/memory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <array>
#include <bit>
#include <cstring>
#include <new>
#include <stdexcept>
#include <utility>

#include "system/error.h"
#include "system/uninterrupted.h"

namespace latham::ringbuf {
namespace {

constexpr std::uint64_t kPage = 4096;

std::uint64_t round_to_page(std::uint64_t bytes) {
  return (bytes + kPage - 1) / kPage * kPage;
}

void check_geometry(const PoolGeometry& g) {
  if (!std::has_single_bit(g.entries) || g.entries < 2 || g.entries > kMaxEntries)
    throw std::runtime_error(fmt::format(
        "frame pool: {} entries: must be a power of two from 2 to {}", g.entries, kMaxEntries));
  if (g.slots < 2 || g.slots > g.entries)
    throw std::runtime_error(fmt::format("frame pool: {} slots: must be from 2 to {} (its entries)",
                                         g.slots, g.entries));
  if (g.slot_bytes < kPage || g.slot_bytes % kPage != 0 || g.slot_bytes > std::uint64_t{1} << 40)
    throw std::runtime_error(fmt::format(
        "frame pool: {} bytes a slot: must be a multiple of 4096 up to 1 TiB", g.slot_bytes));
}

/// The one layout for a geometry; receivers compare against it instead of trusting offsets.
PoolHeader make_header(const Identity& identity, const PoolGeometry& g) {
  PoolHeader h{};
  h.magic = kPoolMagic;
  h.version = kLayoutVersion;
  h.header_bytes = sizeof(PoolHeader);
  h.identity = identity;
  h.slots = g.slots;
  h.entries = g.entries;
  h.slot_bytes = g.slot_bytes;
  h.descriptors_at = round_to_page(sizeof(PoolFront) + g.entries * sizeof(Entry));
  h.pixels_at = round_to_page(h.descriptors_at + g.slots * sizeof(SlotDescriptor));
  h.total_bytes = h.pixels_at + g.slots * g.slot_bytes;
  return h;
}

template <class Header>
void write_header(const UniqueFd& fd, const Header& header, const char* what) {
  if (uninterrupted([&] { return ::pwrite(fd.get(), &header, sizeof(header), 0); }) !=
      static_cast<ssize_t>(sizeof(header)))
    throw_errno(fmt::format("write the header of {}", what));
}

}  // namespace

bool operator==(const Identity& a, const Identity& b) noexcept {
  return a.session == b.session && a.edge == b.edge && a.incarnation == b.incarnation;
}

UniqueFd create_region(const char* name, std::uint64_t bytes) {
  UniqueFd fd(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd) throw_errno(fmt::format("create shared memory '{}'", name));
  if (uninterrupted([&] { return ::ftruncate(fd.get(), static_cast<off_t>(bytes)); }) != 0)
    throw_errno(fmt::format("size shared memory '{}' to {} bytes", name, bytes));
  if (::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) != 0)
    throw_errno(fmt::format("seal shared memory '{}'", name));
  return fd;
}

UniqueFd create_pool(const Identity& identity, const PoolGeometry& geometry) {
  check_geometry(geometry);
  const PoolHeader header = make_header(identity, geometry);
  UniqueFd fd = create_region("latham-pool", header.total_bytes);
  write_header(fd, header, "a frame pool");
  return fd;
}

void seal_region(int fd, const char* what) {
  if (::fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE | F_SEAL_SEAL) != 0)
    throw_errno(fmt::format("seal {} against writing", what));
}

UniqueFd create_claims(const Identity& identity, std::uint32_t consumer) {
  if (consumer >= kMaxConsumers)
    throw std::runtime_error(
        fmt::format("an edge takes {} consumers, asked for one more", kMaxConsumers));
  UniqueFd fd = create_region("latham-claims", kPage);
  ClaimsHeader header{};
  header.magic = kClaimsMagic;
  header.version = kLayoutVersion;
  header.consumer = consumer;
  header.identity = identity;
  write_header(fd, header, "a claims page");
  return fd;
}

UniqueFd inherit_claims(const Identity& identity, std::uint32_t consumer, int dead) {
  UniqueFd fd = create_claims(identity, consumer);
  // Behind the header, which the dead one could write to.
  std::array<std::byte, sizeof(Claims) - sizeof(ClaimsHeader)> words{};
  constexpr off_t kAt = sizeof(ClaimsHeader);
  const auto size = static_cast<ssize_t>(words.size());
  if (uninterrupted([&] { return ::pread(dead, words.data(), words.size(), kAt); }) != size ||
      uninterrupted([&] { return ::pwrite(fd.get(), words.data(), words.size(), kAt); }) != size)
    throw_errno("copy the claims of a dead consumer");
  return fd;
}

UniqueFd create_bell() {
  UniqueFd fd = create_region("latham-bell", kPage);
  const BellHeader header{kBellMagic, kLayoutVersion, {}};
  write_header(fd, header, "a bell");
  return fd;
}

UniqueFd reopen_read_only(int fd) {
  const std::string path = fmt::format("/proc/self/fd/{}", fd);
  UniqueFd copy(uninterrupted([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC); }));
  if (!copy) throw_errno("reopen shared memory read-only (is /proc mounted?)");
  return copy;
}

Mapping::Mapping(UniqueFd fd, Access access, std::uint64_t least, const std::string& what) {
  struct stat st {};
  if (::fstat(fd.get(), &st) != 0) throw_errno(fmt::format("look at shared memory ({})", what));
  const int seals = ::fcntl(fd.get(), F_GET_SEALS);
  if (seals < 0 || (seals & F_SEAL_SHRINK) == 0 || (seals & F_SEAL_GROW) == 0)
    throw std::runtime_error(fmt::format("{}: not a region sealed against resizing", what));
  size_ = static_cast<std::uint64_t>(st.st_size);
  if (size_ < least)
    throw std::runtime_error(fmt::format("{}: {} bytes, expected at least {}", what, size_, least));
  const int protection = access == Access::write ? PROT_READ | PROT_WRITE : PROT_READ;
  void* address = ::mmap(nullptr, size_, protection, MAP_SHARED | MAP_NORESERVE, fd.get(), 0);
  if (address == MAP_FAILED)
    throw_errno(fmt::format("map {} bytes of shared memory ({})", size_, what));
  data_ = static_cast<std::byte*>(address);
}

Mapping::Mapping(Mapping&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

Mapping& Mapping::operator=(Mapping&& other) noexcept {
  if (this != &other) {
    if (data_ != nullptr) ::munmap(data_, size_);
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

Mapping::~Mapping() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

PoolMapping::PoolMapping(UniqueFd fd, Access access)
    : mapping_(std::move(fd), access, sizeof(PoolFront), "frame pool") {
  std::memcpy(&header_, mapping_.data(), sizeof(header_));
  if (header_.magic != kPoolMagic) throw std::runtime_error("frame pool: wrong magic number");
  if (header_.version != kLayoutVersion)
    throw std::runtime_error(fmt::format("frame pool: layout version {}, this program has {}",
                                         header_.version, kLayoutVersion));
  check_geometry({header_.slots, header_.entries, header_.slot_bytes});
  const PoolHeader expected =
      make_header(header_.identity, {header_.slots, header_.entries, header_.slot_bytes});
  if (header_.header_bytes != expected.header_bytes ||
      header_.descriptors_at != expected.descriptors_at ||
      header_.pixels_at != expected.pixels_at || header_.total_bytes != expected.total_bytes ||
      mapping_.size() != expected.total_bytes)
    throw std::runtime_error("frame pool: header and size disagree");
}

PoolFront& PoolMapping::front() const noexcept {
  return *std::launder(reinterpret_cast<PoolFront*>(mapping_.data()));
}

Entry& PoolMapping::entry(std::uint64_t number) const noexcept {
  return *std::launder(reinterpret_cast<Entry*>(mapping_.data() + sizeof(PoolFront) +
                                                place(number) * sizeof(Entry)));
}

SlotDescriptor& PoolMapping::descriptor(std::uint32_t slot) const noexcept {
  return *std::launder(reinterpret_cast<SlotDescriptor*>(mapping_.data() + header_.descriptors_at +
                                                         slot * sizeof(SlotDescriptor)));
}

std::byte* PoolMapping::pixels(std::uint32_t slot) const noexcept {
  return mapping_.data() + header_.pixels_at + slot * header_.slot_bytes;
}

ClaimsMapping::ClaimsMapping(UniqueFd fd, Access access)
    : mapping_(std::move(fd), access, sizeof(Claims), "claims page") {
  ClaimsHeader header{};
  std::memcpy(&header, mapping_.data(), sizeof(header));
  if (header.magic != kClaimsMagic || header.version != kLayoutVersion ||
      header.consumer >= kMaxConsumers)
    throw std::runtime_error("claims page: wrong magic number, version or consumer");
  consumer_ = header.consumer;
}

Claims& ClaimsMapping::claims() const noexcept {
  return *std::launder(reinterpret_cast<Claims*>(mapping_.data()));
}

}  // namespace latham::ringbuf
