// SPDX-License-Identifier: MIT
#include "media/shared_buffers.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <utility>
#include <vector>

#include "transport/layout.h"

extern "C" {
#include <libavutil/buffer.h>
}

namespace latham::media {

/// Where rooms come from while a SharedBuffers lives.
struct SharedBuffers::Lender {
  std::mutex mutex;
  transport::FrameSender* sender = nullptr;  ///< Null once the SharedBuffers is gone.
  std::size_t least_bytes = 0;
  std::uint32_t rooms = 0;  ///< Lent now.

  /// Rooms that FFmpeg's pools may keep: they hold on to what they were given, and the sender needs
  /// slots for what is copied.
  static constexpr std::uint32_t kMostRooms = 32;
};

namespace {

using Lender = SharedBuffers::Lender;
using Allocate = AVBufferRef* (*)(std::size_t);

/// A room, counted while any plane in it is in use.
class Loan {
 public:
  Loan(std::shared_ptr<Lender> lender, std::shared_ptr<transport::Room> room)
      : lender_(std::move(lender)), room_(std::move(room)) {}
  Loan(const Loan&) = delete;
  Loan& operator=(const Loan&) = delete;
  ~Loan() {
    room_.reset();
    const std::lock_guard lock(lender_->mutex);
    --lender_->rooms;
  }
  [[nodiscard]] std::byte* data() const noexcept { return room_->data(); }

 private:
  std::shared_ptr<Lender> lender_;
  std::shared_ptr<transport::Room> room_;
};

/// The pools of the planes of one kind of picture. FFmpeg makes one pool a plane, all in a row
/// before it takes the first buffer, and takes one buffer of each for a picture; a picture's planes
/// must lie in one room.
struct Picture {
  std::shared_ptr<Lender> lender;
  std::mutex mutex;
  std::vector<std::uint64_t> offsets;  ///< Of each plane in a room.
  std::uint64_t bytes = 0;             ///< Of a room.
  bool closed = false;                 ///< A buffer was taken: no plane comes any more.
  // The picture that is being put together.
  std::vector<bool> taken;
  std::shared_ptr<Loan> loan;

  std::size_t add_plane(std::size_t plane_bytes) {
    offsets.push_back(bytes);
    bytes = transport::align_up(bytes + plane_bytes + transport::kGuardBytes);
    return offsets.size() - 1;
  }

  /// The room for this plane of the next picture, or null where there is none.
  std::shared_ptr<Loan> take(std::size_t plane) {
    const std::lock_guard lock(mutex);
    closed = true;
    if (taken.empty() || taken[plane]) {
      taken.assign(offsets.size(), false);
      loan = borrow();
    }
    taken[plane] = true;
    std::shared_ptr<Loan> here = loan;
    // The planes alone keep the room from here on.
    if (std::find(taken.begin(), taken.end(), false) == taken.end()) loan.reset();
    return here;
  }

 private:
  std::shared_ptr<Loan> borrow() {
    const std::lock_guard lock(lender->mutex);
    if (lender->sender == nullptr || lender->rooms >= Lender::kMostRooms) return nullptr;
    std::shared_ptr<transport::Room> room = lender->sender->try_room(bytes);
    if (room == nullptr) return nullptr;
    ++lender->rooms;
    // A slot has been used before, and FFmpeg counts on zeros.
    std::memset(room->data(), 0, bytes);
    return std::make_shared<Loan>(lender, std::move(room));
  }
};

/// What one pool of FFmpeg's allocates by.
struct Pool {
  Allocate otherwise;
  std::shared_ptr<Picture> picture;  ///< Null: private memory only.
  std::size_t plane = 0;
};

AVBufferRef* allocate(void* opaque, std::size_t bytes) {
  const Pool& pool = *static_cast<Pool*>(opaque);
  const auto privately = [&] {
    return pool.otherwise != nullptr ? pool.otherwise(bytes) : av_buffer_alloc(bytes);
  };
  if (pool.picture == nullptr) return privately();
  std::shared_ptr<Loan> loan = pool.picture->take(pool.plane);
  if (loan == nullptr) return privately();
  auto* data = reinterpret_cast<std::uint8_t*>(loan->data() + pool.picture->offsets[pool.plane]);
  auto holder = std::make_unique<std::shared_ptr<Loan>>(std::move(loan));
  AVBufferRef* buffer = av_buffer_create(
      data, bytes,
      [](void* held, std::uint8_t*) { delete static_cast<std::shared_ptr<Loan>*>(held); },
      holder.get(), 0);
  if (buffer != nullptr) (void)holder.release();
  return buffer;
}

void free_pool(void* opaque) {
  delete static_cast<Pool*>(opaque);
}

/// Who lends now; null for nobody.
struct Current {
  std::mutex mutex;
  std::shared_ptr<Lender> lender;
};
Current& current() {
  static Current instance;
  return instance;
}

std::shared_ptr<Picture> picture_for(std::size_t bytes, std::size_t& plane) {
  std::shared_ptr<Lender> lender;
  {
    const std::lock_guard lock(current().mutex);
    lender = current().lender;
  }
  // A picture whose planes are being declared; another thread declares its own.
  thread_local std::weak_ptr<Picture> declaring;
  if (lender == nullptr || bytes < lender->least_bytes) return nullptr;
  std::shared_ptr<Picture> picture = declaring.lock();
  const auto is_open = [&] {
    const std::lock_guard lock(picture->mutex);
    return !picture->closed && picture->lender == lender &&
           picture->offsets.size() < transport::kMaxPlanes;
  };
  if (picture == nullptr || !is_open()) {
    picture = std::make_shared<Picture>();
    picture->lender = lender;
    declaring = picture;
  }
  const std::lock_guard lock(picture->mutex);
  plane = picture->add_plane(bytes);
  return picture;
}

}  // namespace

SharedBuffers::SharedBuffers(transport::FrameSender& sender, std::size_t least_bytes)
    : lender_(std::make_shared<Lender>()) {
  lender_->sender = &sender;
  lender_->least_bytes = least_bytes;
  const std::lock_guard lock(current().mutex);
  current().lender = lender_;
}

SharedBuffers::~SharedBuffers() {
  {
    const std::lock_guard lock(current().mutex);
    if (current().lender == lender_) current().lender = nullptr;
  }
  const std::lock_guard lock(lender_->mutex);
  lender_->sender = nullptr;
}

}  // namespace latham::media

/// FFmpeg's function of this name, for every library of the process: the dynamic linker finds the
/// program's first. See libavutil/buffer.h; the pool itself is FFmpeg's.
extern "C" AVBufferPool* av_buffer_pool_init(std::size_t size, AVBufferRef* (*alloc)(std::size_t)) {
  using namespace latham::media;
  try {
    auto pool = std::make_unique<Pool>();
    pool->otherwise = alloc;
    pool->picture = picture_for(size, pool->plane);
    AVBufferPool* made = av_buffer_pool_init2(size, pool.get(), allocate, free_pool);
    if (made != nullptr) (void)pool.release();
    return made;
  } catch (const std::exception&) {
    return nullptr;
  }
}
