// SPDX-License-Identifier: MIT
#include "media/frame_by_frame.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "media/av.h"
#include "media/filter_parts.h"
#include "system/failure.h"

namespace latham::media {
namespace {

constexpr std::array<std::string_view, 42> kPure = {
    "null",          "copy",         "hflip",       "vflip",       "scale",
    "format",        "noformat",     "transpose",   "crop",        "pad",
    "setsar",        "setdar",       "setparams",   "setfield",    "setrange",
    "colorspace",    "zscale",       "lut",         "lutyuv",      "lutrgb",
    "negate",        "eq",           "gblur",       "boxblur",     "avgblur",
    "unsharp",       "sobel",        "prewitt",     "roberts",     "edgedetect",
    "curves",        "colorbalance", "colorlevels", "vibrance",    "colorchannelmixer",
    "lut3d",         "drawbox",      "drawgrid",    "fillborders", "swapuv",
    "shuffleplanes", "delogo"};
/// Words that make the option of a pure filter depend on more than its frame: numbers and times of frames
/// in expressions, when they are evaluated, a timeline, chance.
constexpr std::array<std::string_view, 8> kTimely = {"n",      "t",      "pos", "eval",
                                                     "enable", "random", "st",  "ld"};

template <class Names>
bool is_one_of(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool has_timely_word(const std::string& graph) {
  std::string word;
  for (const char c : graph + " ") {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_') {
      word += c;
    } else {
      if (is_one_of(kTimely, word)) return true;
      word.clear();
    }
  }
  return false;
}

}  // namespace

bool is_frame_by_frame(const std::string& graph) try {
  if (has_timely_word(graph)) return false;
  const Graph parsed(checked(avfilter_graph_alloc()));
  (void)parse_filters(*parsed, graph);
  return std::all_of(
      parsed->filters, parsed->filters + parsed->nb_filters,
      [](const AVFilterContext* filter) { return is_one_of(kPure, filter->filter->name); });
} catch (const StageFailure&) {
  return false;  // whoever builds it says why
}

}  // namespace latham::media
