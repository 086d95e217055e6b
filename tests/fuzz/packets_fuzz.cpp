// SPDX-License-Identifier: MIT
// Fuzzes the packet ring: the input is what a hostile writer has put into it, eight bytes of its count and then records.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "ringbuf/packet_ring.h"
#include "tests/unit/ringbuf/edge.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace latham::ringbuf;
  using test::copy_of;
  constexpr std::uint64_t kRing = 4096;
  constexpr std::size_t kCountAt = 64;
  constexpr std::size_t kCountBytes = 8;
  constexpr std::size_t kRecordsAt = 4096;
  const latham::UniqueFd ring = create_packet_ring(kRing);
  const latham::UniqueFd page = create_packet_reader();
  const latham::UniqueFd bell = create_bell();
  PacketReader reader(reopen_read_only(ring.get()), copy_of(page.get()), copy_of(bell.get()));
  if (size < kCountBytes) return 0;
  {
    const Mapping hostile(copy_of(ring.get()), Access::write, kRecordsAt + kRing, "ring");
    std::memcpy(hostile.data() + kCountAt, data, kCountBytes);
    std::memcpy(hostile.data() + kRecordsAt, data + kCountBytes,
                std::min<std::size_t>(size - kCountBytes, kRing));
  }
  std::vector<std::byte> message;
  // A hostile count cannot make this long: what it claims is read once.
  for (int i = 0; i < 1000 && reader.try_read(message) == Status::ok; ++i) {
  }
  return 0;
}
