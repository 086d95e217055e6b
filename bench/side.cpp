// SPDX-License-Identifier: MIT
#include "bench/side.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cstring>
#include <ctime>
#include <stdexcept>
#include <thread>

namespace latham::bench {
namespace {

using transport::Status;

std::int64_t now_ns() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

/// The clock and the kernel's account of this side, from begin() to result().
class Meter {
 public:
  explicit Meter(Usage usage) : who_(usage == Usage::thread ? RUSAGE_THREAD : RUSAGE_SELF) {}
  void begin() noexcept {
    ::getrusage(who_, &usage_);
    start_ns_ = now_ns();
  }
  [[nodiscard]] double seconds() const noexcept {
    return static_cast<double>(now_ns() - start_ns_) / 1e9;
  }
  [[nodiscard]] SideResult result(std::uint64_t frames) const noexcept {
    SideResult result;
    result.frames = frames;
    result.seconds = seconds();
    rusage now{};
    ::getrusage(who_, &now);
    result.cpu_us = micros(now) - micros(usage_);
    result.voluntary = static_cast<std::uint64_t>(now.ru_nvcsw - usage_.ru_nvcsw);
    result.involuntary = static_cast<std::uint64_t>(now.ru_nivcsw - usage_.ru_nivcsw);
    return result;
  }

 private:
  static double micros(const rusage& usage) noexcept {
    return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
           static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
  }
  int who_;
  rusage usage_{};
  std::int64_t start_ns_ = 0;
};

/// What travels as metadata: when the frame was published.
struct Stamp {
  std::uint64_t number;
  std::int64_t sent_ns;
};

std::shared_ptr<transport::Room> wait_for_room(SenderEnd& end, std::uint64_t bytes) {
  for (;;) {
    if (end.sender->ready())
      if (auto room = end.sender->try_room(bytes)) return room;
    end.bell->wait([&] { return end.sender->ready(); });
  }
}

void send_one(SenderEnd& end, const SidePlan& plan, std::uint64_t number) {
  // Before the frame is made, so that this side rests as soon as it has sent one: a consumer that is woken on the
  // same processor would wait for whatever else we do.
  if (plan.mode == Mode::latency) std::this_thread::sleep_for(kLatencyGap);
  const auto room = wait_for_room(end, memory_bytes(plan.size));
  const auto planes = planes_in(room->data(), plan.size);
  fill_frame(planes, number);
  if (number == plan.corrupt) {
    const transport::Plane& luma = planes.front();
    const_cast<std::byte*>(luma.data)[luma.stride * (luma.rows / 2)] ^= std::byte{1};
  }
  transport::OutgoingFrame frame;
  frame.plane_count = static_cast<std::uint32_t>(planes.size());
  std::copy(planes.begin(), planes.end(), frame.plane);
  frame.keep = room;
  Stamp stamp{number, now_ns()};
  frame.meta = std::as_bytes(std::span(&stamp, 1));
  for (;;) {
    const Status status = end.sender->send(frame);
    if (status == Status::ok) return;
    if (status != Status::again)
      throw std::runtime_error(fmt::format("producer: send frame {}: consumer is gone", number));
    end.bell->wait([&] { return end.sender->ready(); });
  }
}

bool is_enough(const SidePlan& plan, std::uint64_t measured, const Meter& meter) {
  if (plan.frames > 0) return measured >= plan.frames;
  return measured > 0 && meter.seconds() >= plan.seconds;
}

/// Of what the whole run counted, the part of the measured frames.
std::uint64_t share_of(std::uint64_t bytes, std::uint64_t measured, std::uint64_t all) {
  return all == 0 ? 0 : bytes / all * measured;
}

}  // namespace

SideResult produce(const SidePlan& plan, SenderEnd& end, Usage usage) {
  Meter meter(usage);
  std::uint64_t number = 0;
  while (number < kWarmFrames || !is_enough(plan, number - kWarmFrames, meter)) {
    send_one(end, plan, ++number);
    if (number == kWarmFrames) meter.begin();
  }
  end.sender->end();
  while (!end.sender->drained()) end.bell->wait([&] { return end.sender->drained(); });
  SideResult result = meter.result(number - kWarmFrames);
  result.copied_bytes = share_of(end.sender->copied().bytes, result.frames, number);
  return result;
}

SideResult consume(const SidePlan& plan, ReceiverEnd& end, Usage usage) {
  Meter meter(usage);
  std::uint64_t number = 0;
  std::vector<double> latency_us;
  std::vector<double> take_us;
  for (;;) {
    transport::IncomingFrame frame;
    const std::int64_t asked_ns = plan.mode == Mode::latency ? now_ns() : 0;
    const Status status = end.receiver->receive(frame);
    if (status == Status::again) {
      if (!plan.spin) end.bell->wait([&] { return end.receiver->ready(); });
      continue;
    }
    if (status == Status::end) break;
    if (status != Status::ok)
      throw std::runtime_error(fmt::format("consumer: the stream broke after frame {}", number));
    const std::int64_t seen_ns = now_ns();
    ++number;
    if (const auto wrong = check_frame(frame.plane, frame.plane_count, plan.size, number))
      throw WrongFrame("consumer: " + *wrong);
    Stamp stamp{};
    if (frame.meta.size() != sizeof(stamp))
      throw WrongFrame(fmt::format("consumer: frame {} lost its metadata", number));
    std::memcpy(&stamp, frame.meta.data(), sizeof(stamp));
    if (stamp.number != number)
      throw WrongFrame(fmt::format("consumer: frame {} came as number {}", stamp.number, number));
    if (number == kWarmFrames) meter.begin();
    if (number <= kWarmFrames) continue;
    latency_us.push_back(static_cast<double>(seen_ns - stamp.sent_ns) / 1e3);
    if (plan.mode == Mode::latency)
      take_us.push_back(static_cast<double>(seen_ns - asked_ns) / 1e3);
  }
  if (number <= kWarmFrames)
    throw std::runtime_error(fmt::format("consumer: the stream ended after {} frames", number));
  SideResult result = meter.result(number - kWarmFrames);
  result.copied_bytes = share_of(end.receiver->copied().bytes, result.frames, number);
  result.latency_us = std::move(latency_us);
  result.take_us = std::move(take_us);
  return result;
}

}  // namespace latham::bench
