// SPDX-License-Identifier: MIT
#include "bench/report.h"

#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace latham::bench {
namespace {

using Json = nlohmann::json;

std::string cpu_model() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name"))
      if (const auto colon = line.find(": "); colon != std::string::npos)
        return line.substr(colon + 2);
  return "unknown";
}

double load_now() {
  double load = 0;
  return ::getloadavg(&load, 1) == 1 ? std::round(load * 10) / 10 : -1;
}

/// Characters, not bytes: the spread has a sign outside ASCII.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::trunc);
  file << text;
  file.close();
  if (!file) throw std::runtime_error(fmt::format("cannot write '{}'", path));
}

}  // namespace

std::string to_text(const Table& table) {
  std::vector<std::size_t> widths;
  for (const std::string& cell : table.head) widths.push_back(width_of(cell));
  for (const auto& row : table.rows)
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], width_of(row[c]));
  std::string text = table.title + "\n";
  const auto add = [&](const std::vector<std::string>& row) {
    for (std::size_t c = 0; c < row.size(); ++c) {
      const std::string gap(widths[c] - width_of(row[c]), ' ');
      text += c == 0 ? row[c] + gap : "  " + gap + row[c];
    }
    text += "\n";
  };
  add(table.head);
  for (const auto& row : table.rows) add(row);
  for (const std::string& note : table.notes) text += note + "\n";
  return text;
}

std::string to_markdown(const Table& table, const Json& machine, const std::vector<Plot>& plots) {
  std::string text = fmt::format("# {}\n\n", table.title);
  for (const auto& [key, value] : machine.items())
    text +=
        fmt::format("- {}: {}\n", key, value.is_string() ? value.get<std::string>() : value.dump());
  const auto add = [&](const std::vector<std::string>& row) {
    text += "|";
    for (const std::string& cell : row) text += " " + cell + " |";
    text += "\n";
  };
  text += "\n";
  add(table.head);
  std::vector<std::string> rule(table.head.size(), "---:");
  rule.front() = "---";
  add(rule);
  for (const auto& row : table.rows) add(row);
  if (!table.notes.empty()) text += "\n";
  for (const std::string& note : table.notes) text += fmt::format("- {}\n", note);
  for (const Plot& plot : plots) text += fmt::format("\n![{}]({}.svg)\n", plot.title, plot.name);
  return text;
}

Json describe_machine() {
  utsname kernel{};
  ::uname(&kernel);
  const double pages = static_cast<double>(::sysconf(_SC_PHYS_PAGES));
  const double bytes = pages * static_cast<double>(::sysconf(_SC_PAGESIZE));
  return {{"cpu", cpu_model()},
          {"cores", std::thread::hardware_concurrency()},
          {"memory_gib", std::round(bytes / 1024 / 1024 / 1024 * 10) / 10},
          {"kernel", kernel.release},
          {"compiler", LATHAM_COMPILER},
          {"build", LATHAM_BUILD_TYPE},
          {"latham", LATHAM_VERSION},
          {"load_at_end", load_now()}};
}

void publish(const OutputOptions& output, const std::string& name, const Table& table,
             Json document, const std::vector<Plot>& plots) {
  document["machine"] = describe_machine();
  document["bench"] = name;
  fmt::print(output.json == "-" ? stderr : stdout, "{}", to_text(table));
  if (output.json == "-") {
    fmt::print("{}\n", document.dump(2));
  } else if (!output.json.empty()) {
    write_file(output.json, document.dump(2) + "\n");
  }
  if (output.report.empty()) return;
  std::error_code error;
  std::filesystem::create_directories(output.report, error);
  const auto no_plots = draw(plots, output.report);
  if (no_plots) fmt::print(stderr, "latham bench: {}\n", *no_plots);
  write_file(output.report + "/" + name + ".md",
             to_markdown(table, document["machine"], no_plots ? std::vector<Plot>() : plots));
}

std::string number(double value) {
  if (std::isnan(value)) return "-";
  const double size = std::abs(value);
  if (size >= 100) return fmt::format("{:.0f}", value);
  if (size >= 10) return fmt::format("{:.1f}", value);
  if (size >= 1) return fmt::format("{:.2f}", value);
  return fmt::format("{:.3f}", value);
}

std::string with_spread(const Summary& summary) {
  if (std::isnan(summary.median)) return "-";
  return fmt::format("{} ±{:.0f}%", number(summary.median), summary.spread);
}

Json or_null(double value) {
  return std::isnan(value) ? Json() : Json(value);
}

}  // namespace latham::bench
