// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace latham::bench {

/// One picture of a report.
struct Plot {
  struct Series {
    std::string name;
    std::vector<std::pair<double, double>> points;  ///< x, y; NaN is left out.
  };
  std::string name;  ///< Of the files, without ending.
  std::string title, x_label, y_label;
  bool log_x = false;
  bool log_y = false;
  /// Where given, x counts these from 0, and the series stand beside each other as bars.
  std::vector<std::string> labels;
  std::vector<Series> series;
};

/// What gnuplot is told to draw the plot as FOLDER/NAME.svg and FOLDER/NAME.png.
[[nodiscard]] std::string gnuplot_script(const Plot& plot, const std::string& folder);

/// Draws them into the folder. Returns why not, where gnuplot is missing or fails.
[[nodiscard]] std::optional<std::string> draw(const std::vector<Plot>& plots,
                                              const std::string& folder);

}  // namespace latham::bench
