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

/// Whether a key picture of `stream` at or before `target` (microseconds) is read from here on.
bool finds_key(AVFormatContext& input, const AVStream& stream, std::int64_t target) {
  const std::int64_t last = av_rescale_q(target, AV_TIME_BASE_Q, stream.time_base);
  const media::Packet packet = media::make_packet();
  bool found = false;
  for (bool past = false; !found && !past && av_read_frame(&input, packet.get()) >= 0;) {
    const std::int64_t time = packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;
    if (packet->stream_index == stream.index && time != AV_NOPTS_VALUE) {
      found = time <= last && (packet->flags & AV_PKT_FLAG_KEY) != 0;
      past = packet->dts != AV_NOPTS_VALUE && packet->dts > last;
    }
    av_packet_unref(packet.get());
  }
  return found;
}

bool seek(AVFormatContext& input, std::int64_t position) {
  return avformat_seek_file(&input, -1, INT64_MIN, position, position, 0) >= 0;
}

/// Where the container has no index (transport and program streams), a seek ends anywhere between two key
/// pictures, and what follows cannot be decoded up to the next. From `position` goes back, further each
/// time, until a key picture at or before `target` comes after it. True if it went back.
bool goes_back_to_key(AVFormatContext& input, std::int64_t position, std::int64_t target,
                      std::int64_t file_start) {
  const int best = av_find_best_stream(&input, AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
  if (best < 0 || (input.iformat->flags & AVFMT_TS_DISCONT) == 0) return false;
  bool went_back = false;
  for (std::int64_t back = AV_TIME_BASE / 2; !finds_key(input, *input.streams[best], target);
       back *= 2) {
    if (position <= file_start) break;
    position = std::max(position - back, file_start);
    if (!seek(input, position)) break;
    went_back = true;
  }
  if (position > file_start || avformat_seek_file(&input, -1, 0, 0, 0, AVSEEK_FLAG_BYTE) < 0)
    (void)seek(input, position);
  return went_back;
}

}  // namespace

InputTime seek_to_start(AVFormatContext& input, const InputTimeOptions& options,
                        std::vector<std::string>& remarks) {
  const std::int64_t file_start = input.start_time == AV_NOPTS_VALUE ? 0 : input.start_time;
  const std::optional<std::int64_t> start = start_of(input, options, remarks);
  const std::int64_t target = start.value_or(0) + (options.absolute ? 0 : file_start);
  std::optional<std::int64_t> beside_start;  // as the file has it
  if (start) {
    std::int64_t position = target;
    // Where positions are decoding times, a frame is found only from a little before it.
    if ((input.iformat->flags & AVFMT_SEEK_TO_PTS) == 0 && has_reordering(input))
      position -= std::int64_t{3} * AV_TIME_BASE / 23;
    if (!seek(input, position))
      remarks.push_back(
          fmt::format("cannot seek to {:.3f} s, so the input is read from its start to there",
                      static_cast<double>(start.value()) / AV_TIME_BASE));
    else if (options.accurate && goes_back_to_key(input, position, target, file_start))
      beside_start = position;
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
  if (beside_start) time.span.beside_start = *beside_start + time.offset;
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
