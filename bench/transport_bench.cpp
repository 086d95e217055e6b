// SPDX-License-Identifier: MIT
#include "bench/transport_bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>

namespace latham::bench {
namespace {

using Json = nlohmann::json;

template <class Of>
Summary over_rounds(const TransportRow& row, Of of) {
  std::vector<double> values;
  for (const EdgeResult& round : row.rounds) values.push_back(of(round));
  return summarize(values);
}

double a_frame(double value, const SideResult& side) {
  return value / static_cast<double>(side.frames);
}

double switches_a_frame(const EdgeResult& round) {
  const auto of = [](const SideResult& side) {
    return a_frame(static_cast<double>(side.voluntary + side.involuntary), side);
  };
  return of(round.producer) + of(round.consumer());
}

double cpu_a_frame(const EdgeResult& round) {
  return a_frame(round.producer.cpu_us, round.producer) +
         a_frame(round.consumer().cpu_us, round.consumer());
}

/// In and out of the kernel where there is one on the way; else what the ends had to copy.
double copied_a_frame(const EdgeResult& round, Transport transport) {
  const double sent = a_frame(static_cast<double>(round.producer.copied_bytes), round.producer);
  if (transport == Transport::shm || transport == Transport::thread)
    return sent + a_frame(static_cast<double>(round.consumer().copied_bytes), round.consumer());
  return 2 * sent;
}

const TransportRow* find(const std::vector<TransportRow>& rows, Transport transport,
                         const FrameSize& size) {
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const TransportRow& row) {
    return row.transport == transport && row.size == size;
  });
  return found == rows.end() ? nullptr : &*found;
}

/// fps against another transport at the same size, round by round.
Summary ratio_to(const std::vector<TransportRow>& rows, const TransportRow& row, Transport base) {
  const TransportRow* found = find(rows, base, row.size);
  return found == nullptr ? summarize({}) : ratio(row.fps(), found->fps());
}

/// The same of the CPU time of both sides, which other people's work disturbs far less than fps.
Summary cpu_ratio_to(const std::vector<TransportRow>& rows, const TransportRow& row,
                     Transport base) {
  const TransportRow* found = find(rows, base, row.size);
  if (found == nullptr) return summarize({});
  const auto cpu_of = [](const TransportRow& of) {
    std::vector<double> values;
    for (const EdgeResult& round : of.rounds) values.push_back(cpu_a_frame(round));
    return values;
  };
  return ratio(cpu_of(row), cpu_of(*found));
}

struct Figures {
  Summary fps, cpu_producer, cpu_consumer, switches, to_bound, to_pipe, cpu_to_bound, cpu_to_pipe;
  Summary p50, p99, p999, copied;
  double gb_per_s;
};

Figures figures_of(const std::vector<TransportRow>& rows, const TransportRow& row) {
  Figures f{};
  f.fps = summarize(row.fps());
  f.gb_per_s = f.fps.median * static_cast<double>(pixel_bytes(row.size)) / 1e9;
  f.cpu_producer =
      over_rounds(row, [](const EdgeResult& r) { return a_frame(r.producer.cpu_us, r.producer); });
  f.cpu_consumer = over_rounds(
      row, [](const EdgeResult& r) { return a_frame(r.consumer().cpu_us, r.consumer()); });
  f.switches = over_rounds(row, switches_a_frame);
  f.to_bound = ratio_to(rows, row, Transport::thread);
  f.to_pipe = ratio_to(rows, row, Transport::pipe);
  f.cpu_to_bound = cpu_ratio_to(rows, row, Transport::thread);
  f.cpu_to_pipe = cpu_ratio_to(rows, row, Transport::pipe);
  const auto latency = [&](double q) {
    return over_rounds(row,
                       [q](const EdgeResult& r) { return quantile(r.consumer().latency_us, q); });
  };
  f.p50 = latency(0.5);
  f.p99 = latency(0.99);
  f.p999 = latency(0.999);
  f.copied =
      over_rounds(row, [&](const EdgeResult& r) { return copied_a_frame(r, row.transport); });
  return f;
}

}  // namespace

std::vector<double> TransportRow::fps() const {
  std::vector<double> values;
  for (const EdgeResult& round : rounds) values.push_back(round.fps());
  return values;
}

std::vector<TransportRow> measure_transports(const TransportOptions& options) {
  std::vector<TransportRow> rows;
  for (const FrameSize& size : options.sizes)
    for (const Transport transport : options.transports) rows.push_back({transport, size, {}, {}});
  const auto plan_of = [&](const TransportRow& row) {
    SidePlan plan;
    plan.transport = row.transport;
    plan.size = row.size;
    plan.seconds = options.seconds;
    plan.corrupt = options.corrupt;
    return plan;
  };
  for (const TransportRow& row : rows) {
    SidePlan warm_up = plan_of(row);
    warm_up.seconds = std::min(0.2, options.seconds);
    (void)run_edge(warm_up);
  }
  for (int round = 0; round < options.rounds; ++round)
    for (TransportRow& row : rows) row.rounds.push_back(run_edge(plan_of(row)));
  if (options.system_calls)
    for (TransportRow& row : rows) row.calls = count_system_calls(plan_of(row));
  return rows;
}

Table transport_table(const std::vector<TransportRow>& rows) {
  Table table;
  table.title = "Frames between two processes: filled, passed, read in full and checked";
  table.head = {"transport",
                "size",
                "bits",
                "fps",
                "GB/s",
                "CPU µs/frame producer",
                "consumer",
                "switches/frame",
                "system calls/frame",
                "MB copied/frame",
                "latency µs p50",
                "p99",
                "p99.9",
                "fps to threads",
                "fps to pipe",
                "CPU to threads",
                "CPU to pipe"};
  bool is_noisy = false;
  for (const TransportRow& row : rows) {
    const Figures f = figures_of(rows, row);
    is_noisy = is_noisy || f.fps.spread > kNoisyPercent;
    table.rows.push_back(
        {std::string(name_of(row.transport)), to_text(row.size), fmt::format("{}", row.size.bits),
         with_spread(f.fps) + (f.fps.spread > kNoisyPercent ? " !" : ""), number(f.gb_per_s),
         number(f.cpu_producer.median), number(f.cpu_consumer.median), number(f.switches.median),
         row.calls ? number(row.calls->producer + row.calls->consumer) : "-",
         number(f.copied.median / 1e6), number(f.p50.median), number(f.p99.median),
         number(f.p999.median), with_spread(f.to_bound), with_spread(f.to_pipe),
         with_spread(f.cpu_to_bound), with_spread(f.cpu_to_pipe)});
  }
  table.notes.push_back("thread: two threads of one process that pass a pointer (the bound)");
  table.notes.push_back(
      "latency: from send to arrival with both sides busy, so with the time in the queue");
  table.notes.push_back("±: width of the middle half of the rounds, in percent of the median");
  if (is_noisy)
    table.notes.push_back(
        "!: more than 10 % spread; the machine is busy: stop other work, or raise --rounds and "
        "--seconds. Trust the ratios of CPU time, then those of fps, then the fps");
  return table;
}

Json transport_json(const std::vector<TransportRow>& rows) {
  Json results = Json::array();
  for (const TransportRow& row : rows) {
    const Figures f = figures_of(rows, row);
    std::uint64_t frames = 0;
    for (const EdgeResult& round : row.rounds) frames += round.consumer().frames;
    results.push_back({{"transport", name_of(row.transport)},
                       {"size", to_text(row.size)},
                       {"bits", row.size.bits},
                       {"rounds", row.rounds.size()},
                       {"frames", frames},
                       {"fps", f.fps.median},
                       {"fps_spread", f.fps.spread},
                       {"fps_rounds", row.fps()},
                       {"gb_per_s", f.gb_per_s},
                       {"cpu_us_producer", f.cpu_producer.median},
                       {"cpu_us_consumer", f.cpu_consumer.median},
                       {"switches_per_frame", f.switches.median},
                       {"syscalls_producer", row.calls ? Json(row.calls->producer) : Json()},
                       {"syscalls_consumer", row.calls ? Json(row.calls->consumer) : Json()},
                       {"copied_bytes_per_frame", f.copied.median},
                       {"latency_us_p50", f.p50.median},
                       {"latency_us_p99", f.p99.median},
                       {"latency_us_p999", f.p999.median},
                       {"ratio_to_thread", or_null(f.to_bound.median)},
                       {"ratio_to_thread_spread", or_null(f.to_bound.spread)},
                       {"ratio_to_pipe", or_null(f.to_pipe.median)},
                       {"ratio_to_pipe_spread", or_null(f.to_pipe.spread)},
                       {"cpu_ratio_to_thread", or_null(f.cpu_to_bound.median)},
                       {"cpu_ratio_to_pipe", or_null(f.cpu_to_pipe.median)}});
  }
  return {{"results", results}};
}

std::vector<Plot> transport_plots(const std::vector<TransportRow>& rows) {
  Plot fps{"transport-fps",
           "Frames per second against the size of a frame, 8 bit",
           "megapixels of a frame",
           "fps",
           true,
           true,
           {},
           {}};
  Plot latency{"transport-latency",
               "From send to arrival, both sides busy (largest size)",
               "percentile",
               "µs",
               false,
               true,
               {},
               {}};
  for (const TransportRow& row : rows) {
    if (row.size.bits != 8) continue;
    const std::string name(name_of(row.transport));
    auto series = std::find_if(fps.series.begin(), fps.series.end(),
                               [&](const Plot::Series& s) { return s.name == name; });
    if (series == fps.series.end()) {
      fps.series.push_back({name, {}});
      series = std::prev(fps.series.end());
    }
    series->points.emplace_back(static_cast<double>(row.size.width) * row.size.height / 1e6,
                                median(row.fps()));
    if (row.size == rows.back().size) {
      Plot::Series& percentiles = latency.series.emplace_back();
      percentiles.name = name;
      for (const int percent : {1, 5, 10, 25, 50, 75, 90, 95, 99})
        percentiles.points.emplace_back(percent, over_rounds(row, [&](const EdgeResult& r) {
                                                   return quantile(r.consumer().latency_us,
                                                                   percent / 100.0);
                                                 }).median);
    }
  }
  return {fps, latency};
}

}  // namespace latham::bench
