// SPDX-License-Identifier: MIT
#include "bench/side_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <future>
#include <span>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "bench/channel.h"
#include "system/error.h"
#include "system/pipe.h"
#include "system/uninterrupted.h"
#include "system/write_all.h"

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
          {"spin", plan.spin},
          {"consumers", plan.consumers}};
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
  plan.consumers = json.at("consumers").get<std::uint32_t>();
  return plan;
}

Json to_json(const SideResult& result) {
  return {{"frames", result.frames},           {"seconds", result.seconds},
          {"cpu_us", result.cpu_us},           {"voluntary", result.voluntary},
          {"involuntary", result.involuntary}, {"copied_bytes", result.copied_bytes},
          {"latency_us", result.latency_us},   {"take_us", result.take_us}};
}

SideResult result_from_json(const Json& json) {
  SideResult result;
  result.frames = json.at("frames").get<std::uint64_t>();
  result.seconds = json.at("seconds").get<double>();
  result.cpu_us = json.at("cpu_us").get<double>();
  result.voluntary = json.at("voluntary").get<std::uint64_t>();
  result.involuntary = json.at("involuntary").get<std::uint64_t>();
  result.copied_bytes = json.at("copied_bytes").get<std::uint64_t>();
  result.latency_us = json.at("latency_us").get<std::vector<double>>();
  result.take_us = json.at("take_us").get<std::vector<double>>();
  return result;
}

}  // namespace

// ---- the parent's handle -----------------------------------------------------------------------

SideProcess::SideProcess(std::string role, const SidePlan& plan, const std::vector<UniqueFd>& fds,
                         int gate, std::vector<std::string> wrapper)
    : role_(std::move(role)),
      report_(make_report()),
      child_(start(plan, fds, gate, std::move(wrapper))) {
  write_.reset();
}

UniqueFd SideProcess::make_report() {
  auto [read, write] = make_pipe();
  write_ = std::move(write);
  return std::move(read);
}

ChildProcess SideProcess::start(const SidePlan& plan, const std::vector<UniqueFd>& fds, int gate,
                                std::vector<std::string> wrapper) {
  Command command;
  command.argv = std::move(wrapper);
  command.argv.insert(command.argv.end(),
                      {own_program(), "side", role_, plan_to_json(plan).dump()});
  command.keep = {write_.get(), gate};
  for (const UniqueFd& fd : fds) command.keep.push_back(fd.get());
  for (const int fd : command.keep) command.argv.push_back(fmt::format("{}", fd));
  return ChildProcess(command);
}

bool SideProcess::is_ready() const {
  return text_.starts_with(kReadyLine);
}

void SideProcess::read() {
  std::array<char, 65536> buffer{};
  const ssize_t bytes =
      uninterrupted([&] { return ::read(report_.get(), buffer.data(), buffer.size()); });
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

SideResult SideProcess::result(const char* key) const {
  return result_from_json(json_.at(key));
}

void listen(const std::vector<SideProcess*>& sides, std::chrono::seconds limit,
            bool (SideProcess::*is_done)() const) {
  const auto deadline = Clock::now() + limit;
  std::vector<pollfd> fds(sides.size());
  for (;;) {
    bool all = true;
    for (std::size_t i = 0; i < sides.size(); ++i) {
      const bool done = (sides[i]->*is_done)();
      all = all && done;
      fds[i] = {done || sides[i]->has_ended() ? -1 : sides[i]->fd(), POLLIN, 0};
    }
    if (all) return;
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) throw std::runtime_error("no end in sight, given up");
    if (::poll(fds.data(), fds.size(), static_cast<int>(left)) < 0 && errno != EINTR)
      throw_errno("wait for a side");
    for (std::size_t i = 0; i < sides.size(); ++i)
      if (fds[i].fd >= 0 && fds[i].revents != 0) sides[i]->read();
  }
}

// ---- the side itself ---------------------------------------------------------------------------

namespace {

/// Where a side says how it went.
UniqueFd report_fd;

void say(std::string_view text) {
  // Where nobody listens any more there is nothing to do about it.
  (void)write_all(report_fd.get(), std::as_bytes(std::span(text)));
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

/// Until all sides of a measurement are there: the other end of the gate is closed then.
void wait_for_start(UniqueFd gate) {
  char byte = 0;
  (void)uninterrupted([&] { return ::read(gate.get(), &byte, 1); });
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

int run_side(std::span<const std::string> args) {
  if (args.size() < 4) throw std::invalid_argument("side: started by latham-bench itself only");
  ::signal(SIGPIPE, SIG_IGN);
  std::vector<UniqueFd> fds;
  for (const std::string& text : args.subspan(2)) {
    fds.emplace_back(std::stoi(text));
    ::fcntl(fds.back().get(), F_SETFD, FD_CLOEXEC);
  }
  report_fd = std::move(fds[0]);
  UniqueFd gate = std::move(fds[1]);
  fds.erase(fds.begin(), fds.begin() + 2);
  Ends ends;
  try {
    const SidePlan plan = plan_from_json(Json::parse(args[1]));
    ends = open_ends(args[0], plan.transport, std::move(fds));
    say(kReadyLine);
    wait_for_start(std::move(gate));
    say(run_role(args[0], plan, ends).dump());
    return 0;
  } catch (const std::exception& error) {
    say_and_leave(error);
  }
}

}  // namespace latham::bench
