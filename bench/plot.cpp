// SPDX-License-Identifier: MIT
#include "bench/plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "bench/child_process.h"

namespace latham::bench {
namespace {

/// In single quotes gnuplot takes all but the quote itself as it stands.
std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("''") : std::string(1, c);
  return result + "'";
}

std::string data_of(const Plot& plot) {
  std::string text;
  for (std::size_t s = 0; s < plot.series.size(); ++s) {
    text += fmt::format("$series{} << END\n", s);
    for (const auto& [x, y] : plot.series[s].points)
      if (std::isfinite(y)) text += fmt::format("{} {}\n", x, y);
    text += "END\n";
  }
  return text;
}

/// Bars of one series stand beside those of the others.
std::string bars_of(const Plot& plot) {
  std::string text = "set style fill solid 0.8\nset boxwidth 1\nset xtics rotate by -30 (";
  const double group = static_cast<double>(plot.series.size()) + 1;
  const double middle = static_cast<double>(plot.series.size() - 1) / 2;
  for (std::size_t i = 0; i < plot.labels.size(); ++i)
    text += fmt::format("{}{} {}", i == 0 ? "" : ", ", quoted(plot.labels[i]),
                        static_cast<double>(i) * group + middle);
  text += ")\nplot ";
  for (std::size_t s = 0; s < plot.series.size(); ++s)
    text += fmt::format("{}$series{} using ($1*{}+{}):2 with boxes title {}", s == 0 ? "" : ", ", s,
                        group, s, quoted(plot.series[s].name));
  return text + "\n";
}

std::string lines_of(const Plot& plot) {
  std::string text = "plot ";
  for (std::size_t s = 0; s < plot.series.size(); ++s)
    text += fmt::format("{}$series{} using 1:2 with linespoints pointsize 0.6 title {}",
                        s == 0 ? "" : ", ", s, quoted(plot.series[s].name));
  return text + "\n";
}

}  // namespace

std::string gnuplot_script(const Plot& plot, const std::string& folder) {
  std::string text = data_of(plot);
  text += fmt::format("set title {}\nset xlabel {}\nset ylabel {}\nset grid\nset key outside\n",
                      quoted(plot.title), quoted(plot.x_label), quoted(plot.y_label));
  if (plot.log_x) text += "set logscale x\n";
  text += plot.log_y ? "set logscale y\n" : "set yrange [0:*]\n";
  const std::string drawing = plot.labels.empty() ? lines_of(plot) : bars_of(plot);
  for (const char* terminal : {"svg", "png"})
    text += fmt::format("set terminal {} noenhanced size 800,480\nset output {}\n{}", terminal,
                        quoted(fmt::format("{}/{}.{}", folder, plot.name, terminal)), drawing);
  return text + "unset output\n";
}

std::optional<std::string> draw(const std::vector<Plot>& plots, const std::string& folder) {
  for (const Plot& plot : plots) {
    const bool is_empty = std::all_of(plot.series.begin(), plot.series.end(),
                                      [](const Plot::Series& s) { return s.points.empty(); });
    if (is_empty) continue;
    const std::string script = folder + "/" + plot.name + ".gnuplot";
    std::ofstream(script, std::ios::trunc) << gnuplot_script(plot, folder);
    Command command;
    command.argv = {"gnuplot", script};
    const ChildEnd end = ChildProcess(command).wait();
    if (end.is_done()) continue;
    return end.text() == "exit code 127"
               ? std::string("no plots: gnuplot is missing (Debian: apt install gnuplot-nox)")
               : fmt::format("no plot '{}': gnuplot ended with {}", plot.name, end.text());
  }
  return std::nullopt;
}

}  // namespace latham::bench
