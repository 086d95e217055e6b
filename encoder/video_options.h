// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "encoder/output_plan.h"

namespace latham::encoder {

/// What the command line says of one picture stream that is encoded.
struct VideoOptions {
  const AVOutputFormat* format = nullptr;
  const AVCodec* codec = nullptr;
  AVRational rate{0, 1};              ///< -r; 0/1 where not given.
  std::string accepted_formats;       ///< That a filter may deliver, joined by '|'; empty for any.
  std::string size;                   ///< -s; empty where not given.
  std::optional<std::size_t> filter;  ///< Which of the -filter options is its graph.
  bool filtered = false;  ///< It has a graph: frame durations are no longer the source's.
  std::int64_t most_frames = INT64_MAX;  ///< -frames
  AVRational aspect{0, 1};               ///< -aspect, of the whole picture; 0/1 where not given.
  std::optional<bool> top_first;         ///< -top
  std::string forced_keys;               ///< -force_key_frames
  int passes = 0;                        ///< -pass; see PassLog.
  std::string pass_prefix;               ///< -passlogfile
  AVRational time_base{0, 1};            ///< -enc_time_base; 0 for 1/rate, -1 for the input's.
  media::TimeWindow window;              ///< Of the output.
  double quality = -1;                   ///< -q; -1 where not given.
  bool static_hdr = true;                ///< HDR10 metadata is handed to encoder and container.

  /// What the user should know of these choices, a sentence each.
  std::vector<std::string> remarks;

  /// Whether frames must go through a filter on their way here.
  [[nodiscard]] bool needs_filter(const media::StreamEntry& source) const;
};

/// `wanted` where `list` (names joined by '|', empty for any) has it, else ffmpeg's choice among them.
[[nodiscard]] AVPixelFormat nearest_format(const std::string& list, AVPixelFormat wanted);

/// Throws StageFailure(usage) for values that make no sense, or not for this encoder.
[[nodiscard]] VideoOptions video_options(const Options& options, OutputPlan& plan,
                                         const PlannedStream& planned);

}  // namespace latham::encoder
