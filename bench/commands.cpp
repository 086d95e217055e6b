// SPDX-License-Identifier: MIT
#include "bench/commands.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <span>

#include "bench/edge_run.h"
#include "bench/latency_bench.h"
#include "bench/transcode_bench.h"
#include "bench/transport_bench.h"

namespace latham::bench {
namespace {

/// What the command line says, as text.
struct Given {
  std::vector<std::string> sizes;
  std::vector<std::string> transports;
  std::vector<std::uint32_t> bits = {8};
  OutputOptions output;

  [[nodiscard]] std::vector<FrameSize> parsed_sizes() const {
    std::vector<FrameSize> parsed;
    for (const std::string& size : sizes)
      for (const std::uint32_t depth : bits) parsed.push_back(parse_size(size, depth));
    return parsed;
  }
  [[nodiscard]] std::vector<Transport> parsed_transports() const {
    std::vector<Transport> parsed;
    for (const std::string& name : transports) parsed.push_back(parse_transport(name));
    return parsed;
  }
};

void add_output(CLI::App& app, Given& given) {
  app.add_option("--json", given.output.json, "Write JSON to a file, - for standard output");
  app.add_option("--report", given.output.report, "Write the table as Markdown into a folder");
}

void add_edges(CLI::App& app, Given& given) {
  app.add_option("--size", given.sizes, "Frame sizes, like 1920x1080,3840x2160")
      ->delimiter(',')
      ->capture_default_str();
  app.add_option("--bits", given.bits, "Bits of a sample: 8, 10 or 8,10")
      ->delimiter(',')
      ->capture_default_str();
  app.add_option("--transport", given.transports, "Of shm,pipe,fifo,socket,mq,thread")
      ->delimiter(',')
      ->capture_default_str();
  add_output(app, given);
}

struct Cli {
  Given stream{
      {"1920x1080", "3840x2160"}, {"shm", "pipe", "fifo", "socket", "mq", "thread"}, {8}, {}};
  Given latency{{"64x64"}, {"shm", "pipe", "fifo", "socket", "mq", "thread"}, {8}, {}};
  Given job;
  TransportOptions transport_options;
  LatencyOptions latency_options;
  TranscodeOptions transcode_options;
  CLI::App app{"Measures how fast frames travel.", "latham bench"};
  CLI::App* transport_command = nullptr;
  CLI::App* latency_command = nullptr;
  CLI::App* transcode_command = nullptr;

  Cli() {
    app.require_subcommand(1);
    auto* one = app.add_subcommand("transport", "Frames per second over each transport");
    add_edges(*one, stream);
    one->add_option("--seconds", transport_options.seconds, "Measured time of one run")
        ->capture_default_str()
        ->check(CLI::PositiveNumber);
    one->add_option("--rounds", transport_options.rounds, "Runs of each row")
        ->capture_default_str()
        ->check(CLI::PositiveNumber);
    one->add_flag("--syscalls", transport_options.system_calls,
                  "Count system calls in runs under strace");
    one->add_option("--corrupt", transport_options.corrupt,
                    "Damage this frame, to see that the check finds it");
    transport_command = one;

    auto* two = app.add_subcommand("latency", "Time from publish to the consumer's hands");
    add_edges(*two, latency);
    two->add_option("--frames", latency_options.frames, "Frames of one run")
        ->capture_default_str()
        ->check(CLI::PositiveNumber);
    two->add_option("--rounds", latency_options.rounds, "Runs of each row")
        ->capture_default_str()
        ->check(CLI::PositiveNumber);
    two->add_flag("--spin", latency_options.spin, "The consumer looks without sleeping");
    latency_command = two;

    auto* three = app.add_subcommand(
        "transcode", "The same job by latham and ffmpeg: FILE [OPTIONS] -- OUTPUT OPTIONS");
    three->add_option("FILE", transcode_options.input, "What to transcode")->required();
    three->add_option("--rounds", transcode_options.rounds, "Runs of each way")
        ->capture_default_str()
        ->check(CLI::PositiveNumber);
    add_output(*three, job);
    transcode_command = three;
  }
};

int run(Cli& cli) {
  if (*cli.transport_command) {
    cli.transport_options.sizes = cli.stream.parsed_sizes();
    cli.transport_options.transports = cli.stream.parsed_transports();
    const auto rows = measure_transports(cli.transport_options);
    publish(cli.stream.output, "transport", transport_table(rows), transport_json(rows));
    return 0;
  }
  if (*cli.latency_command) {
    cli.latency_options.sizes = cli.latency.parsed_sizes();
    cli.latency_options.transports = cli.latency.parsed_transports();
    const auto rows = measure_latency(cli.latency_options);
    publish(cli.latency.output, "latency", latency_table(rows), latency_json(rows));
    return 0;
  }
  const auto rows = measure_transcode(cli.transcode_options);
  nlohmann::json document = transcode_json(rows);
  document["options"] = cli.transcode_options.options;
  Table table = transcode_table(rows);
  table.notes.push_back(fmt::format("options: {}", fmt::join(cli.transcode_options.options, " ")));
  publish(cli.job.output, "transcode", table, document);
  if (!has_mismatch(rows)) return 0;
  fmt::print(stderr, "latham bench: the packets differ from ffmpeg's\n");
  return 5;
}

}  // namespace

int run_command(std::vector<std::string> args) {
  if (!args.empty() && args.front() == "side") return run_side(std::span(args).subspan(1));
  Cli cli;
  // The job's options are ffmpeg's, not ours.
  if (const auto dashes = std::find(args.begin(), args.end(), "--"); dashes != args.end()) {
    cli.transcode_options.options.assign(dashes + 1, args.end());
    args.erase(dashes, args.end());
  }
  if (cli.transcode_options.options.empty())
    cli.transcode_options.options = {"-c:v", "libx264", "-preset", "ultrafast"};
  try {
    std::reverse(args.begin(), args.end());  // as CLI11 wants it
    cli.app.parse(args);
  } catch (const CLI::ParseError& error) {
    return cli.app.exit(error) == 0 ? 0 : 2;
  }
  try {
    return run(cli);
  } catch (const std::invalid_argument& error) {
    fmt::print(stderr, "latham bench: {}\n", error.what());
    return 2;
  } catch (const WrongFrame& error) {
    fmt::print(stderr, "latham bench: {}\n", error.what());
    return 5;
  }
}

}  // namespace latham::bench
