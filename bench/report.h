// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bench/plot.h"
#include "bench/statistics.h"

/// What every benchmark hands out: a table for people, JSON for programs, Markdown for a report.
namespace latham::bench {

struct Table {
  std::string title;
  std::vector<std::string> head;
  std::vector<std::vector<std::string>> rows;  ///< First column left, the others right.
  std::vector<std::string> notes;              ///< Below the table, one line each.
};

struct OutputOptions {
  std::string json;    ///< File, "-" for standard output, empty for none.
  std::string report;  ///< Folder for NAME.md and its plots, empty for none.
};

[[nodiscard]] std::string to_text(const Table& table);
/// The plots as pictures beside it.
[[nodiscard]] std::string to_markdown(const Table& table, const nlohmann::json& machine,
                                      const std::vector<Plot>& plots);

/// The machine and the build, without names of hosts, users or files.
[[nodiscard]] nlohmann::json describe_machine();

/// Prints the table (to standard error where JSON takes standard output) and writes the rest.
/// `document` gets the machine. Without gnuplot there are no plots, which is said. Throws
/// std::runtime_error that names the file.
void publish(const OutputOptions& output, const std::string& name, const Table& table,
             nlohmann::json document, const std::vector<Plot>& plots);

/// "1234", "12.3", "0.046": three digits that count; "-" for NaN.
[[nodiscard]] std::string number(double value);
/// "1.23 ±4%"; the spread is the width of the middle half.
[[nodiscard]] std::string with_spread(const Summary& summary);
/// JSON has no NaN.
[[nodiscard]] nlohmann::json or_null(double value);

}  // namespace latham::bench
