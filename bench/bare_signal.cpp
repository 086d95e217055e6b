// SPDX-License-Identifier: MIT
#include "bench/bare_signal.h"

#include <semaphore.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <new>
#include <stdexcept>
#include <vector>

#include "system/error.h"
#include "system/uninterrupted.h"

namespace latham::bench {
namespace {

struct Shared {
  sem_t bell;
  std::atomic<std::int64_t> sent_ns;
  std::atomic<std::uint64_t> flag;  ///< Wakes so far.
};

std::int64_t now_ns() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

/// One in the memory of the process that makes it.
struct OwnFrame {
  explicit OwnFrame(const FrameSize& size) : bytes(memory_bytes(size)) {
    planes = planes_in(bytes.data(), size);
  }
  std::vector<std::byte> bytes;
  std::vector<transport::Plane> planes;
};

[[noreturn]] void signal_all(Shared& shared, std::uint64_t wakes, bool spin, const OwnFrame& frame,
                             pid_t parent) noexcept {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(126);
  for (std::uint64_t i = 0; i < wakes; ++i) {
    const timespec gap{0, kLatencyGap.count() * 1000};
    ::nanosleep(&gap, nullptr);
    fill_frame(frame.planes, i);
    shared.sent_ns = now_ns();
    if (spin)
      shared.flag = i + 1;
    else
      ::sem_post(&shared.bell);
  }
  ::_exit(0);
}

}  // namespace

SideResult run_bare_signal(std::uint64_t wakes, bool spin, const FrameSize& size) {
  void* memory =
      ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw_errno("share memory with a child");
  auto* const shared = new (memory) Shared{};
  ::sem_init(&shared->bell, 1, 0);
  const OwnFrame frame(size);
  fill_frame(frame.planes, 0);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) throw_errno("start a child");
  if (child == 0) signal_all(*shared, kWarmFrames + wakes, spin, frame, parent);

  SideResult result;
  rusage before{};
  for (std::uint64_t i = 0; i < kWarmFrames + wakes; ++i) {
    if (i == kWarmFrames) ::getrusage(RUSAGE_SELF, &before);
    while (spin ? shared->flag == i : ::sem_wait(&shared->bell) != 0 && errno == EINTR) {
    }
    if (i >= kWarmFrames)
      result.latency_us.push_back(static_cast<double>(now_ns() - shared->sent_ns) / 1e3);
    if (check_frame(frame.planes.data(), static_cast<std::uint32_t>(frame.planes.size()), size, 0))
      throw std::runtime_error("bare: a frame in private memory changed");
  }
  rusage after{};
  ::getrusage(RUSAGE_SELF, &after);
  result.frames = wakes;
  result.voluntary = static_cast<std::uint64_t>(after.ru_nvcsw - before.ru_nvcsw);
  (void)uninterrupted([&] { return ::waitpid(child, nullptr, 0); });
  ::munmap(memory, sizeof(Shared));
  return result;
}

}  // namespace latham::bench
