// SPDX-License-Identifier: MIT
#include "media/filter_parts.h"

#include <fmt/format.h>

#include <string_view>

#include "media/av_log.h"
#include "system/failure.h"

namespace latham::media {
namespace {

struct InOut {
  AVFilterInOut* list = nullptr;
  InOut() = default;
  InOut(const InOut&) = delete;
  InOut& operator=(const InOut&) = delete;
  ~InOut() { avfilter_inout_free(&list); }

  [[nodiscard]] bool is_one() const { return list != nullptr && list->next == nullptr; }
  [[nodiscard]] FilterEnd end() const {
    return {list->filter_ctx, static_cast<unsigned>(list->pad_idx)};
  }
};

}  // namespace

void fail_filters(const std::string& description, int code) {
  const std::string reason = last_log_line();
  throw StageFailure(
      FailureKind::usage,
      fmt::format("build the filter graph '{}': {}; check the names and options of its filters",
                  description, reason.empty() ? error_text(code) : reason));
}

ParsedFilters parse_filters(AVFilterGraph& graph, const std::string& description) {
  InOut inputs;
  InOut outputs;
  const int code = avfilter_graph_parse2(&graph, description.c_str(), &inputs.list, &outputs.list);
  if (code < 0) fail_filters(description, code);
  if (!inputs.is_one() || !outputs.is_one())
    throw StageFailure(
        FailureKind::usage,
        fmt::format("filter graph '{}': must have one input and one output", description));
  return {inputs.end(), outputs.end()};
}

void append_filter(AVFilterGraph& graph, FilterEnd& last, const std::string& filter,
                   const std::string& name, const std::string& args,
                   const std::string& description) {
  AVFilterContext* context = nullptr;
  int code =
      avfilter_graph_create_filter(&context, avfilter_get_by_name(filter.c_str()), name.c_str(),
                                   args.empty() ? nullptr : args.c_str(), nullptr, &graph);
  if (code >= 0 && last.filter != nullptr) code = avfilter_link(last.filter, last.pad, context, 0);
  if (code < 0) fail_filters(description, code);
  last = {context, 0};
}

void append_parsed(FilterEnd& last, const ParsedFilters& filters, const std::string& description) {
  const int code = avfilter_link(last.filter, last.pad, filters.in.filter, filters.in.pad);
  if (code < 0) fail_filters(description, code);
  last = filters.out;
}

bool changes_no_data(const AVFilterGraph& graph) {
  for (unsigned i = 0; i < graph.nb_filters; ++i) {
    const AVFilterContext& f = *graph.filters[i];
    const std::string_view name = f.filter->name;
    const bool is_end = f.nb_outputs == 0 || name == "buffer" || name == "abuffer";
    if (!is_end && (f.filter->flags & AVFILTER_FLAG_METADATA_ONLY) == 0) return false;
  }
  return true;
}

}  // namespace latham::media
