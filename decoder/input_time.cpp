// SPDX-License-Identifier: MIT
#include "decoder/input_time.h"

#include <fmt/format.h>

#include <algorithm>

namespace latham::decoder {
namespace {

/// Frames this far past the end are read still, since sound is cut at a sample and not at a frame.
constexpr std::int64_t kFrameSlack = AV_TIME_BASE / 10;
/// How far apart a container may lay packets of the same time: sparse streams end with the others.
constexpr std::int64_t kInterleaving = std::int64_t{10} * AV_TIME_BASE;

bool has_reordering(const AVFormatContext& input) {
  return std::any_of(input.streams, input.streams + input.nb_streams,
                     [](const AVStream* st) { return st->codecpar->video_delay != 0; });
}

std::optional<std::int64_t> start_of(const AVFormatContext& input, const InputTimeOptions& options,
                                     std::vector<std::string>& remarks) {
  if (options.window.start || !options.from_end) return options.window.start;
  if (input.duration <= 0) {
    remarks.push_back("-sseof has no effect: the input does not say how long it is");
    return std::nullopt;
  }
  const std::int64_t start = input.duration + *options.from_end;
  if (start >= 0) return start;
  remarks.push_back("-sseof lies before the start of the input, which is taken whole");
  return std::nullopt;
}

}  // namespace

InputTime seek_to_start(AVFormatContext& input, const InputTimeOptions& options,
                        std::vector<std::string>& remarks) {
  const std::int64_t file_start = input.start_time == AV_NOPTS_VALUE ? 0 : input.start_time;
  const std::optional<std::int64_t> start = start_of(input, options, remarks);
  const std::int64_t target = start.value_or(0) + (options.absolute ? 0 : file_start);
  if (start) {
    std::int64_t position = target;
    // Where positions are decoding times, a frame is found only from a little before it.
    if ((input.iformat->flags & AVFMT_SEEK_TO_PTS) == 0 && has_reordering(input))
      position -= std::int64_t{3} * AV_TIME_BASE / 23;
    if (avformat_seek_file(&input, -1, INT64_MIN, position, position, 0) < 0)
      remarks.push_back(
          fmt::format("cannot seek to {:.3f} s, so the input is read from its start to there",
                      static_cast<double>(start.value()) / AV_TIME_BASE));
  }

  InputTime time;
  time.keep_timestamps = options.keep_timestamps;
  time.may_start_late = options.keep_timestamps || (input.nb_streams == 1 && options.shift == 0);
  std::int64_t origin = 0;  // of the window, on the axis of corrected timestamps
  if (options.keep_timestamps) {
    origin = start.value_or(0) + (options.start_at_zero ? 0 : file_start);
    time.offset = options.shift - (options.start_at_zero ? file_start : 0);
    if (start) time.span.copy_start = *start + time.offset;
  } else {
    time.offset = options.shift - target;
  }
  if (start && options.accurate) time.span.window.start = origin;
  time.span.window.duration = options.window.duration;
  if (options.window.duration) time.span.copy_end = origin + *options.window.duration;
  return time;
}

ReadLimit::ReadLimit(const media::InputSpan& span, std::size_t streams)
    : span_(span), limited_(span.window.duration.has_value()), streams_(streams) {}

void ReadLimit::expect(int stream, bool decoded, bool sparse) {
  Stream& s = streams_.at(static_cast<std::size_t>(stream));
  if (!s.open) ++open_;
  s = {true, decoded, sparse, std::nullopt};
}

void ReadLimit::close(Stream& stream) {
  if (!stream.open) return;
  stream.open = false;
  --open_;
}

void ReadLimit::look(int stream, std::int64_t time) {
  if (!limited_) return;
  Stream& s = streams_.at(static_cast<std::size_t>(stream));
  if (!s.decoded) {
    if (time >= span_.copy_end) close(s);
  } else if (time >= span_.window.start.value_or(INT64_MIN)) {
    if (!s.first) s.first = time;
    if (time >= *s.first + *span_.window.duration + kFrameSlack) close(s);
  }
  if (time < span_.copy_end + kInterleaving) return;
  for (Stream& other : streams_)
    if (other.sparse) close(other);
}

}  // namespace latham::decoder
