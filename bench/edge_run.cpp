// SPDX-License-Identifier: MIT
#include "bench/edge_run.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <future>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "bench/child_process.h"
#include "ringbuf/memory.h"
#include "system/error.h"

namespace latham::bench {
namespace {

using Json = nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr char kReadyLine[] = "ready\n";

Json plan_to_json(const SidePlan& plan) {
  return {{"transport", name_of(plan.transport)},
          {"size", to_text(plan.size)},
          {"bits", plan.size.bits},
          {"latency", plan.mode == Mode::latency},
          {"seconds", plan.seconds},
          {"frames", plan.frames},
          {"corrupt", plan.corrupt},
          {"spin", plan.spin}};
}

SidePlan plan_from_json(const Json& json) {
  SidePlan plan;
  plan.transport = parse_transport(json.at("transport").get<std::string>());
  plan.size = parse_size(json.at("size").get<std::string>(), json.at("bits").get<std::uint32_t>());
  plan.mode = json.at("latency").get<bool>() ? Mode::latency : Mode::stream;
  plan.seconds = json.at("seconds").get<double>();
  plan.frames = json.at("frames").get<std::uint64_t>();
  plan.corrupt = json.at("corrupt").get<std::uint64_t>();
  plan.spin = json.at("spin").get<bool>();
  return plan;
}

Json to_json(const SideResult& result) {
  return {{"frames", result.frames},           {"seconds", result.seconds},
          {"cpu_us", result.cpu_us},           {"voluntary", result.voluntary},
          {"involuntary", result.involuntary}, {"latency_us", result.latency_us}};
}

SideResult result_from_json(const Json& json) {
  SideResult result;
  result.frames = json.at("frames").get<std::uint64_t>();
  result.seconds = json.at("seconds").get<double>();
  result.cpu_us = json.at("cpu_us").get<double>();
  result.voluntary = json.at("voluntary").get<std::uint64_t>();
  result.involuntary = json.at("involuntary").get<std::uint64_t>();
  result.latency_us = json.at("latency_us").get<std::vector<double>>();
  return result;
}

/// A side under way: it says "ready" once it has its ends, then one line of JSON at its end.
class Side {
 public:
  Side(const std::string& role, const SidePlan& plan, std::vector<UniqueFd> fds,
       std::vector<std::string> wrapper = {})
      : role_(role), report_(make_report()), child_(start(plan, fds, std::move(wrapper))) {
    write_.reset();
  }

  [[nodiscard]] int fd() const noexcept { return report_.get(); }
  [[nodiscard]] bool is_ready() const { return text_.starts_with(kReadyLine); }
  [[nodiscard]] bool has_ended() const noexcept { return ended_; }

  /// Takes what it says; call when fd() is readable. Throws what it complained of.
  void read() {
    std::array<char, 65536> buffer{};
    const ssize_t bytes = ::read(report_.get(), buffer.data(), buffer.size());
    if (bytes < 0 && errno == EINTR) return;
    if (bytes > 0) {
      text_.append(buffer.data(), static_cast<std::size_t>(bytes));
      return;
    }
    ended_ = true;
    const ChildEnd end = child_.wait();
    const std::string report = text_.substr(is_ready() ? sizeof(kReadyLine) - 1 : 0);
    if (report.empty())
      throw std::runtime_error(fmt::format("{}: {} without a report", role_, end.text()));
    json_ = Json::parse(report);
    if (json_.contains("wrong_frame")) throw WrongFrame(json_.at("wrong_frame").get<std::string>());
    if (json_.contains("error")) throw std::runtime_error(json_.at("error").get<std::string>());
  }

  [[nodiscard]] SideResult result(const char* key) const { return result_from_json(json_.at(key)); }

 private:
  UniqueFd make_report() {
    int fds[2];
    if (::pipe2(fds, O_CLOEXEC) != 0) throw_errno("make a pipe");
    write_.reset(fds[1]);
    return UniqueFd(fds[0]);
  }
  ChildProcess start(const SidePlan& plan, const std::vector<UniqueFd>& fds,
                     std::vector<std::string> wrapper) {
    Command command;
    command.argv = std::move(wrapper);
    command.argv.insert(command.argv.end(),
                        {own_program(), "side", role_, plan_to_json(plan).dump()});
    command.keep.push_back(write_.get());
    for (const UniqueFd& fd : fds) command.keep.push_back(fd.get());
    for (const int fd : command.keep) command.argv.push_back(fmt::format("{}", fd));
    return ChildProcess(command);
  }

  std::string role_;
  UniqueFd write_;
  UniqueFd report_;
  ChildProcess child_;
  std::string text_;
  Json json_;
  bool ended_ = false;
};

/// Listens to the sides until `done`. The first complaint ends the run; sides still there are
/// killed when their handles go.
template <class Done>
void listen(std::vector<Side*> sides, const SidePlan& plan, Done done) {
  // Generous, for it only ends what hangs: a loaded machine under strace is slow.
  const auto deadline =
      Clock::now() + std::chrono::seconds(60 + 20 * static_cast<std::int64_t>(plan.seconds));
  while (!done()) {
    std::vector<pollfd> fds;
    for (const Side* side : sides) fds.push_back({side->has_ended() ? -1 : side->fd(), POLLIN, 0});
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0)
      throw std::runtime_error(
          fmt::format("{}: no end in sight, given up", name_of(plan.transport)));
    if (::poll(fds.data(), fds.size(), static_cast<int>(left)) < 0 && errno != EINTR)
      throw_errno("wait for a side");
    for (std::size_t i = 0; i < sides.size(); ++i)
      if (fds[i].fd >= 0 && fds[i].revents != 0) sides[i]->read();
  }
}

EdgeResult run_threads(const SidePlan& plan) {
  Side both("both", plan, {});
  listen({&both}, plan, [&] { return both.has_ended(); });
  return {both.result("producer"), both.result("consumer")};
}

using Wrapper = std::vector<std::string>;

EdgeResult run_processes(const SidePlan& plan, Wrapper wrap_producer, Wrapper wrap_consumer) {
  Channel channel = make_channel(plan.transport);
  Side producer("producer", plan, std::move(channel.producer), std::move(wrap_producer));
  listen({&producer}, plan, [&] { return producer.is_ready(); });
  // As in a real session: sealed after the producer has mapped it, before anybody else does.
  if (channel.pool) ringbuf::seal_pool(channel.pool.get());
  Side consumer("consumer", plan, std::move(channel.consumer), std::move(wrap_consumer));
  // The consumer first: its complaint is the cause where both complain.
  listen({&consumer, &producer}, plan,
         [&] { return producer.has_ended() && consumer.has_ended(); });
  return {producer.result("producer"), consumer.result("consumer")};
}

/// A temporary file whose name goes away with it.
class CountFile {
 public:
  CountFile() {
    const UniqueFd fd(::mkstemp(name_.data()));
    if (!fd) throw_errno("make a temporary file");
  }
  CountFile(const CountFile&) = delete;
  CountFile& operator=(const CountFile&) = delete;
  ~CountFile() { ::unlink(name_.c_str()); }
  [[nodiscard]] Wrapper wrapper() const {
    return {"strace", "-f", "-qq", "-c", "-U", "calls,name", "-o", name_};
  }
  /// The "total" row of strace's table.
  [[nodiscard]] double total() const {
    const std::string text = output_of({"sed", "-n", "s/^ *\\([0-9]*\\) total$/\\1/p", name_});
    if (text.empty()) throw std::runtime_error("strace printed no total");
    return std::stod(text);
  }

 private:
  std::string name_ = "/tmp/latham-bench-XXXXXX";
};

/// System calls of a whole run of so many frames.
SystemCalls calls_of_run(SidePlan plan, std::uint64_t frames) {
  plan.frames = frames;
  const CountFile producer;
  const CountFile consumer;
  (void)run_processes(plan, producer.wrapper(), consumer.wrapper());
  return {producer.total(), consumer.total()};
}

/// Where a side says how it went.
UniqueFd report_fd;

void say(std::string_view text) {
  while (!text.empty()) {
    const ssize_t bytes = ::write(report_fd.get(), text.data(), text.size());
    if (bytes < 0 && errno != EINTR) return;
    if (bytes > 0) text.remove_prefix(static_cast<std::size_t>(bytes));
  }
}

[[noreturn]] void say_and_leave(const std::exception& error) {
  const bool is_wrong = dynamic_cast<const WrongFrame*>(&error) != nullptr;
  say(Json{{is_wrong ? "wrong_frame" : "error", error.what()}}.dump());
  ::_exit(1);
}

/// All that a side opens; it lives until the side has reported, so that a peer that is hurt by our
/// end complains after us.
struct Ends {
  SenderEnd sender;
  ReceiverEnd receiver;
};

Ends open_ends(const std::string& role, Transport transport, std::vector<UniqueFd> fds) {
  Ends ends;
  if (role == "producer") {
    ends.sender = open_sender(transport, std::move(fds));
  } else if (role == "consumer") {
    ends.receiver = open_receiver(transport, std::move(fds));
  } else {
    ThreadChannel channel = make_thread_channel();
    ends = {std::move(channel.producer), std::move(channel.consumer)};
  }
  return ends;
}

Json run_role(const std::string& role, const SidePlan& plan, Ends& ends) {
  if (role == "producer")
    return {{"producer", to_json(produce(plan, ends.sender, Usage::process))}};
  if (role == "consumer")
    return {{"consumer", to_json(consume(plan, ends.receiver, Usage::process))}};
  auto producer =
      std::async(std::launch::async, [&] { return produce(plan, ends.sender, Usage::thread); });
  try {
    const SideResult consumer = consume(plan, ends.receiver, Usage::thread);
    return {{"producer", to_json(producer.get())}, {"consumer", to_json(consumer)}};
  } catch (const std::exception& error) {
    // The producer may wait for ever for a consumer that gave up: the report goes out, and the
    // process ends without joining it.
    say_and_leave(error);
  }
}

}  // namespace

EdgeResult run_edge(const SidePlan& plan) {
  return plan.transport == Transport::thread ? run_threads(plan) : run_processes(plan, {}, {});
}

std::optional<SystemCalls> count_system_calls(const SidePlan& plan) {
  if (plan.transport == Transport::thread) return std::nullopt;
  constexpr std::uint64_t kShort = 40;
  constexpr std::uint64_t kLong = 140;
  try {
    const SystemCalls little = calls_of_run(plan, kShort);
    const SystemCalls much = calls_of_run(plan, kLong);
    const double frames = kLong - kShort;
    return SystemCalls{(much.producer - little.producer) / frames,
                       (much.consumer - little.consumer) / frames};
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

int run_side(std::span<const std::string> args) {
  if (args.size() < 3) throw std::invalid_argument("side: started by latham-bench itself only");
  ::signal(SIGPIPE, SIG_IGN);
  std::vector<UniqueFd> fds;
  for (const std::string& text : args.subspan(2)) {
    fds.emplace_back(std::stoi(text));
    ::fcntl(fds.back().get(), F_SETFD, FD_CLOEXEC);
  }
  report_fd = std::move(fds.front());
  fds.erase(fds.begin());
  Ends ends;
  try {
    const SidePlan plan = plan_from_json(Json::parse(args[1]));
    ends = open_ends(args[0], plan.transport, std::move(fds));
    say(kReadyLine);
    say(run_role(args[0], plan, ends).dump());
    return 0;
  } catch (const std::exception& error) {
    say_and_leave(error);
  }
}

}  // namespace latham::bench
