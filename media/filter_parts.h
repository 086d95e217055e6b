// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "media/av.h"

/// What graphs of pictures and of sound are put together from.
namespace latham::media {

/// A pad that something can be linked behind.
struct FilterEnd {
  AVFilterContext* filter = nullptr;
  unsigned pad = 0;
};

/// The two open ends of a description in ffmpeg's spelling, added to `graph`.
struct ParsedFilters {
  FilterEnd in;
  FilterEnd out;
};

/// Throws StageFailure(usage) where the description does not parse or has not one input and one output.
[[nodiscard]] ParsedFilters parse_filters(AVFilterGraph& graph, const std::string& description);

/// Throws StageFailure(usage): the graph of this description cannot be built, with FFmpeg's reason.
[[noreturn]] void fail_filters(const std::string& description, int code);

/// Adds one filter behind `last`, which moves on to it; `last` without a filter begins a chain. Throws as
/// fail_filters() does.
void append_filter(AVFilterGraph& graph, FilterEnd& last, const std::string& filter,
                   const std::string& name, const std::string& args,
                   const std::string& description);
/// Links `last` to the input `to`, and moves on to `behind`.
void append_parsed(FilterEnd& last, const ParsedFilters& filters, const std::string& description);

/// Whether no filter of a configured graph changes pixels or samples: all of them only mark, drop or date.
[[nodiscard]] bool changes_no_data(const AVFilterGraph& graph);

}  // namespace latham::media
