// SPDX-License-Identifier: MIT
//
// latham-bench-iceoryx FRAMES WARM_UP GAP_US spinning|asleep: the latency of iceoryx from publish to the
// subscriber's hands, one sample of 64 bytes at a time, in the manner of Mode::latency. Prints a line of JSON.
// Three processes, as in any use of it: its daemon (here), a publisher and a subscriber.
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <nlohmann/json.hpp>
#include <string_view>
#include <thread>
#include <vector>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#include <iceoryx_posh/internal/roudi/roudi.hpp>
#include <iceoryx_posh/popo/publisher.hpp>
#include <iceoryx_posh/popo/subscriber.hpp>
#include <iceoryx_posh/popo/wait_set.hpp>
#include <iceoryx_posh/roudi/iceoryx_roudi_components.hpp>
#include <iceoryx_posh/runtime/posh_runtime.hpp>
#pragma GCC diagnostic pop

namespace {

struct Plan {
  std::uint64_t frames = 0;
  std::uint64_t warm_up = 0;
  std::chrono::microseconds gap{};
  bool spin = false;
  std::FILE* report = nullptr;  ///< Our standard output; iceoryx prints to the process's own.
};

/// The library has much to say on both of them. Returns what was standard output.
std::FILE* silence() {
  const int report = ::fcntl(1, F_DUPFD_CLOEXEC, 3);
  const int nothing = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  ::dup2(nothing, 1);
  ::dup2(nothing, 2);
  return ::fdopen(report, "w");
}

struct Sample {
  std::uint64_t number;
  std::int64_t sent_ns;
  std::uint64_t rest[6];
};

const iox::capro::ServiceDescription kService{"Latham", "Bench", "Latency"};

std::int64_t now_ns() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

int publish(const Plan& plan) {
  iox::runtime::PoshRuntime::initRuntime("latham-bench-publisher");
  iox::popo::Publisher<Sample> publisher(kService);
  while (!publisher.hasSubscribers()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  for (std::uint64_t i = 1; i <= plan.warm_up + plan.frames; ++i) {
    auto loan = publisher.loan();
    if (loan.has_error()) return 1;
    std::this_thread::sleep_for(plan.gap);
    loan.value()->number = i;
    loan.value()->sent_ns = now_ns();
    loan.value().publish();
  }
  // Samples of a publisher that is gone would be lost.
  while (publisher.hasSubscribers()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return 0;
}

int subscribe(const Plan& plan) {
  iox::runtime::PoshRuntime::initRuntime("latham-bench-subscriber");
  iox::popo::Subscriber<Sample> subscriber(kService);
  iox::popo::WaitSet<> waiting;
  if (!plan.spin &&
      waiting.attachState(subscriber, iox::popo::SubscriberState::HAS_DATA).has_error())
    return 1;
  std::vector<double> latency_us;
  rusage before{};
  for (std::uint64_t number = 0; number < plan.warm_up + plan.frames;) {
    auto taken = subscriber.take();
    if (taken.has_error()) {
      if (!plan.spin) waiting.wait();
      continue;
    }
    const std::int64_t seen_ns = now_ns();
    if (taken.value()->number != ++number) return 1;
    if (number == plan.warm_up) ::getrusage(RUSAGE_SELF, &before);
    if (number > plan.warm_up)
      latency_us.push_back(static_cast<double>(seen_ns - taken.value()->sent_ns) / 1e3);
  }
  rusage after{};
  ::getrusage(RUSAGE_SELF, &after);
  const std::string line =
      nlohmann::json{{"latency_us", latency_us}, {"voluntary", after.ru_nvcsw - before.ru_nvcsw}}
          .dump() +
      "\n";
  return std::fputs(line.c_str(), plan.report) >= 0 && std::fflush(plan.report) == 0 ? 0 : 1;
}

/// Before any of iceoryx is set up here.
pid_t start(int (*role)(const Plan&), const Plan& plan) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::_Exit(role(plan));  // past the destructors of what we share with the parent
}

int result_of(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  const Plan plan{std::strtoull(argv[1], nullptr, 10), std::strtoull(argv[2], nullptr, 10),
                  std::chrono::microseconds(std::atoi(argv[3])),
                  std::string_view(argv[4]) == "spinning", silence()};
  const pid_t subscriber = start(subscribe, plan);
  const pid_t publisher = start(publish, plan);
  iox::mepoo::MePooConfig pools;
  pools.addMemPool({128, 256});
  iox::RouDiConfig_t config;
  config.m_sharedMemorySegments.push_back(
      {iox::posix::PosixGroup::getGroupOfCurrentProcess().getName(),
       iox::posix::PosixGroup::getGroupOfCurrentProcess().getName(), pools});
  iox::roudi::IceOryxRouDiComponents components(config);
  // Not to watch or kill its clients: they are our children.
  iox::roudi::RouDi daemon(
      components.rouDiMemoryManager, components.portManager,
      iox::roudi::RouDi::RoudiStartupParameters{iox::roudi::MonitoringMode::OFF, false});
  const int heard = result_of(subscriber);
  const int told = result_of(publisher);
  return heard != 0 || told != 0 ? 1 : 0;
}
