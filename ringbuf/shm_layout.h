// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

// clang-format off
/// The bytes that processes share. Change anything here -> increment kLayoutVersion.
///
/// POOL (one per producer incarnation; producer writes, everybody else maps read-only)
///   offset            size              what               written by        when
///   0                 256               PoolHeader         supervisor        once, before the descriptor leaves it
///   256               128               ProducerLine       producer          each publish, end of stream, attach
///   384               128               owed_from[]        producer          when a lossless consumer is attached
///   512               32*entries        Entry[entries]     producer          each publish; `retired` when a slot is wanted back
///   descriptors_at    desc*slots        SlotDescriptor[]   producer          while it owns the slot, before publish
///   pixels_at         slot_bytes*slots  pixels             producer          while it owns the slot, before publish
///
/// CLAIMS (one per consumer of an edge; that consumer writes, producer and supervisor map read-only;
/// it outlives an incarnation of the consumer, so a restarted one goes on from its position)
///   0                 64                ClaimsHeader       supervisor        once
///   64                64                position           consumer          lossless: each entry taken
///   128               8*kMaxHolds       hold[]             consumer          latest: announce and release
///   256               8*kMaxEntries     done[]             consumer          lossless: one store per finished entry
///
/// BELL (one per process; the process and its neighbours map it writable; it holds no truth)
///   0                 64                BellHeader         supervisor        once
///   64                4                 sleeping           both              owner: 1 before it sleeps; waker: 0
///   68                4                 semaphore          both              1: posted; 0 once taken. A futex word
///
/// Fixed-width fields only: no pointers, no size_t, no bool, no enum without a fixed type.
/// Entry numbers ("sequence" in text) start at 1 and are never reused; 0 means none.
// clang-format on
namespace latham::ringbuf {

inline constexpr std::uint64_t kPoolMagic = 0x314c4f4f504d544c;    // "LTMPOOL1"
inline constexpr std::uint64_t kClaimsMagic = 0x314d4c434d544c00;  // "LTMCLM1"
inline constexpr std::uint64_t kBellMagic = 0x314c4c42'4d544c00;   // "LTMBLL1"
inline constexpr std::uint32_t kLayoutVersion = 2;

inline constexpr std::uint32_t kMaxConsumers = 16;  ///< Of one edge, lossless and latest together.
inline constexpr std::uint32_t kMaxEntries = 256;   ///< Ring capacity N: a power of two up to this.
inline constexpr std::uint32_t kMaxHolds = 8;       ///< Of one latest consumer.
inline constexpr std::uint32_t kMaxPlanes = 4;
inline constexpr std::uint32_t kMetaBytes =
    32 * 1024;  ///< Room for what travels with a frame (HDR10+ alone takes 11 KiB).
inline constexpr std::uint32_t kGuardBytes = 128;  ///< Readable bytes after every plane.

using Word32 = std::atomic<std::uint32_t>;
using Word64 = std::atomic<std::uint64_t>;
static_assert(Word32::is_always_lock_free && Word64::is_always_lock_free,
              "atomics in shared memory must be lock-free");

/// What a region belongs to. A mapping of a dead incarnation looks alive, so both are checked on
/// every hand-over.
struct Identity {
  std::uint64_t session;      ///< Random, one per session.
  std::uint32_t edge;         ///< Number of the edge in its session.
  std::uint32_t incarnation;  ///< Life of the producer, from 1.
};

struct PoolHeader {
  std::uint64_t magic;
  std::uint32_t version;
  std::uint32_t header_bytes;  ///< sizeof(PoolHeader).
  Identity identity;
  std::uint32_t slots;           ///< 2..entries.
  std::uint32_t entries;         ///< Power of two, 2..kMaxEntries.
  std::uint64_t slot_bytes;      ///< Stride of a slot; a multiple of the page size.
  std::uint64_t descriptors_at;  ///< Offset of SlotDescriptor[slots].
  std::uint64_t pixels_at;       ///< Offset of slot 0's pixels; a multiple of the page size.
  std::uint64_t total_bytes;     ///< Size of the region.
  std::byte reserved[184];
};
static_assert(sizeof(PoolHeader) == 256, "layout changed: increment kLayoutVersion");

struct ProducerLine {
  Word64 head;  ///< Number of the newest entry, 0 before the first. SYNC frame-visible.
  Word64 end;   ///< 0 while open; frames published + 1 once the stream ended. SYNC end-of-stream.
  std::byte reserved[112];
};
static_assert(sizeof(ProducerLine) == 128, "layout changed: increment kLayoutVersion");

/// The pool up to its entries, which follow at once.
struct PoolFront {
  PoolHeader header;
  ProducerLine producer;
  /// Number of the first entry owed to each lossless consumer; 0 where none is attached. SYNC attach.
  Word64 owed_from[kMaxConsumers];
};
static_assert(sizeof(PoolFront) == 512, "layout changed: increment kLayoutVersion");

/// Place q mod N of the ring. `number` is q once published, 0 while it is being rewritten.
struct Entry {
  Word64 number;   ///< SYNC entry-intact.
  Word64 origin;   ///< The upstream entry that this one came from, 0 for none.
  Word32 slot;     ///< Whose descriptor describes it.
  Word32 retired;  ///< 1 once the slot is wanted back. SYNC latest-hold.
  std::byte reserved[8];
};
static_assert(sizeof(Entry) == 32, "layout changed: increment kLayoutVersion");

/// One plane of pixels. Offsets count from the start of the pool that `pool` names, so that a
/// forwarded frame may point into an upstream pool.
struct Plane {
  std::uint64_t offset;  ///< Of the first row's first byte.
  std::int64_t stride;   ///< Bytes from a row to the next; negative when rows run upwards.
  std::uint32_t rows;
  std::uint32_t row_bytes;  ///< Bytes of a row that hold pixels.
};

enum class MemoryKind : std::uint32_t { pool = 0 };

struct SlotDescriptor {
  std::uint32_t memory_kind;  ///< MemoryKind; others (dmabuf) are reserved.
  std::uint32_t plane_count;  ///< 1..kMaxPlanes.
  Identity pool;              ///< Where the pixels lie: this pool, or one upstream of it.
  Plane plane[kMaxPlanes];
  std::uint32_t meta_bytes;  ///< Used of `meta`.
  std::byte reserved[12];
  std::byte meta[kMetaBytes];  ///< What travels with the frame; ringbuf does not look inside.
};
static_assert(sizeof(SlotDescriptor) == 136 + kMetaBytes,
              "layout changed: increment kLayoutVersion");
static_assert(std::is_trivially_copyable_v<SlotDescriptor>);

struct ClaimsHeader {
  std::uint64_t magic;
  std::uint32_t version;
  std::uint32_t consumer;  ///< Index at the edge, 0..kMaxConsumers-1.
  Identity identity;       ///< Of the edge; incarnation 0: it outlives the producer's.
  std::byte reserved[32];
};
static_assert(sizeof(ClaimsHeader) == 64, "layout changed: increment kLayoutVersion");

struct Claims {
  ClaimsHeader header;
  alignas(64) Word64 position;  ///< Lossless: number of the last entry taken.
  alignas(64) Word64 hold
      [kMaxHolds];  ///< Latest: number of an entry announced or held, 0 for none. SYNC latest-hold, latest-release.
  alignas(64) std::byte gap[64];
  Word64 done[kMaxEntries];  ///< Lossless: q at place q mod N once q is finished. SYNC slot-free.
};
static_assert(sizeof(Claims) == 256 + 8 * kMaxEntries, "layout changed: increment kLayoutVersion");
static_assert(offsetof(Claims, done) == 256);

struct BellHeader {
  std::uint64_t magic;
  std::uint32_t version;
  std::byte reserved[52];
};
static_assert(sizeof(BellHeader) == 64, "layout changed: increment kLayoutVersion");

struct Bell {
  BellHeader header;
  Word32 sleeping;  ///< SYNC no-lost-wake.
  Word32
      semaphore;  ///< SYNC bell-posted. A binary one: a count would say nothing more to one sleeper.
};
static_assert(sizeof(Bell) == 72, "layout changed: increment kLayoutVersion");

}  // namespace latham::ringbuf
