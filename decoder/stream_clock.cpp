// SPDX-License-Identifier: MIT
#include "decoder/stream_clock.h"

#include <algorithm>
#include <cstdlib>

extern "C" {
#include <libavutil/mathematics.h>
}

namespace latham::decoder {
namespace {

constexpr AVRational kMicroseconds{1, AV_TIME_BASE};
/// A jump of a transport stream beyond this is a discontinuity; of any other container, an error.
constexpr std::int64_t kJump = std::int64_t{10} * AV_TIME_BASE;
constexpr std::int64_t kNonsense = std::int64_t{3600} * 30 * AV_TIME_BASE;
constexpr auto kRound = static_cast<AVRounding>(AV_ROUND_NEAR_INF | AV_ROUND_PASS_MINMAX);

bool has_jumps(const AVFormatContext& input) {
  return (input.iformat->flags & AVFMT_TS_DISCONT) != 0;
}

bool beyond(std::int64_t delta, std::int64_t limit) {
  return delta < -limit || delta > limit;
}

}  // namespace

std::int64_t guessed_duration_us(const AVStream& stream, AVRational frame_rate,
                                 int ticks_per_frame) {
  if (frame_rate.num == 0 || frame_rate.den == 0) return 0;
  const AVCodecParserContext* parser = av_stream_get_parser(&stream);
  const int ticks = parser != nullptr ? parser->repeat_pict + 1 : ticks_per_frame;
  return std::int64_t{AV_TIME_BASE} * frame_rate.den * ticks / frame_rate.num / ticks_per_frame;
}

Timeline::Timeline(AVFormatContext& input, std::int64_t offset, bool keep_timestamps)
    : input_(input), clocks_(input.nb_streams), offset_(offset), keep_timestamps_(keep_timestamps) {
  for (unsigned i = 0; i < input.nb_streams; ++i) {
    const AVCodecParameters& par = *input.streams[i]->codecpar;
    if (par.codec_type == AVMEDIA_TYPE_AUDIO && par.sample_rate != 0)
      clocks_[i].packet_us = std::int64_t{AV_TIME_BASE} * par.frame_size / par.sample_rate;
  }
}

void Timeline::shift(AVPacket& packet, std::int64_t delta_us) const {
  const AVRational base = input_.streams[packet.stream_index]->time_base;
  const std::int64_t delta = av_rescale_q(delta_us, kMicroseconds, base);
  if (packet.dts != AV_NOPTS_VALUE) packet.dts += delta;
  if (packet.pts != AV_NOPTS_VALUE) packet.pts += delta;
}

void Timeline::settle_wrap(AVPacket& packet, StreamClock& clock) {
  const AVStream& st = *input_.streams[packet.stream_index];
  if (clock.wrap_settled || input_.start_time == AV_NOPTS_VALUE || st.pts_wrap_bits >= 64) return;
  // The start time counted all streams; what is not taken must not delay what is.
  if (clock.next_dts == AV_NOPTS_VALUE && offset_ == -input_.start_time && has_jumps(input_)) {
    std::int64_t start = INT64_MAX;
    for (unsigned i = 0; i < input_.nb_streams; ++i) {
      const AVStream& other = *input_.streams[i];
      if (other.discard == AVDISCARD_ALL || other.start_time == AV_NOPTS_VALUE) continue;
      start = std::min(start, av_rescale_q(other.start_time, other.time_base, kMicroseconds));
    }
    if (start > input_.start_time) offset_ = -start;
  }
  const std::int64_t start = av_rescale_q(input_.start_time, kMicroseconds, st.time_base);
  const std::int64_t wrap = std::int64_t{1} << st.pts_wrap_bits;
  clock.wrap_settled = true;
  if (st.pts_wrap_bits >= 63) return;
  for (std::int64_t* ts : {&packet.dts, &packet.pts}) {
    if (*ts == AV_NOPTS_VALUE || *ts <= start + wrap / 2) continue;
    *ts -= wrap;
    clock.wrap_settled = false;
  }
}

bool Timeline::wraps(const AVPacket& packet, const StreamClock& clock) const {
  const AVStream& st = *input_.streams[packet.stream_index];
  if (packet.dts == AV_NOPTS_VALUE || clock.next_dts == AV_NOPTS_VALUE || !has_jumps(input_) ||
      st.pts_wrap_bits >= 60)
    return false;
  const auto distance = [&](std::int64_t dts) {
    return std::abs(av_rescale_q_rnd(dts, st.time_base, kMicroseconds, kRound) - clock.next_dts);
  };
  return distance(packet.dts + (std::int64_t{1} << st.pts_wrap_bits)) < distance(packet.dts) / 10;
}

void Timeline::mend_discontinuity(AVPacket& packet, StreamClock& clock) {
  const AVStream& st = *input_.streams[packet.stream_index];
  const std::int64_t dts = av_rescale_q_rnd(packet.dts, st.time_base, kMicroseconds, kRound);
  if (dts == AV_NOPTS_VALUE || clock.next_dts == AV_NOPTS_VALUE) return;
  const std::int64_t delta = dts - clock.next_dts;
  if (has_jumps(input_)) {
    if (beyond(delta, kJump) || dts + AV_TIME_BASE / 10 < std::max(clock.pts, clock.dts)) {
      offset_ -= delta;
      shift(packet, -delta);
    }
    return;
  }
  if (beyond(delta, kNonsense)) packet.dts = AV_NOPTS_VALUE;
  if (packet.pts != AV_NOPTS_VALUE &&
      beyond(av_rescale_q(packet.pts, st.time_base, kMicroseconds) - clock.next_dts, kNonsense))
    packet.pts = AV_NOPTS_VALUE;
}

void Timeline::correct(AVPacket& packet) {
  const AVStream& st = *input_.streams[packet.stream_index];
  StreamClock& clock = this->clock(packet.stream_index);
  const bool is_av = st.codecpar->codec_type == AVMEDIA_TYPE_VIDEO ||
                     st.codecpar->codec_type == AVMEDIA_TYPE_AUDIO;
  settle_wrap(packet, clock);
  shift(packet, offset_);

  if (is_av && packet.dts != AV_NOPTS_VALUE && clock.next_dts == AV_NOPTS_VALUE &&
      !keep_timestamps_ && has_jumps(input_) && last_dts_ != AV_NOPTS_VALUE) {
    // A stream that starts late in a transport stream, after others have jumped.
    const std::int64_t delta =
        av_rescale_q_rnd(packet.dts, st.time_base, kMicroseconds, kRound) - last_dts_;
    if (beyond(delta, kJump)) {
      offset_ -= delta;
      shift(packet, -delta);
    }
  }

  const std::int64_t looped = av_rescale_q(looped_, looped_base_, st.time_base);
  if (packet.pts != AV_NOPTS_VALUE) {
    packet.pts += looped;
    clock.most_pts = std::max(clock.most_pts, packet.pts);
    clock.least_pts = std::min(clock.least_pts, packet.pts);
  }
  if (packet.dts != AV_NOPTS_VALUE) packet.dts += looped;

  if (is_av && (!keep_timestamps_ || wraps(packet, clock))) mend_discontinuity(packet, clock);
  if (packet.dts != AV_NOPTS_VALUE)
    last_dts_ = av_rescale_q(packet.dts, st.time_base, kMicroseconds);
}

void Timeline::begin_packet(const AVPacket* packet, int stream, int reorder_delay) {
  const AVStream& st = *input_.streams[stream];
  StreamClock& clock = this->clock(stream);
  if (!clock.started) {
    clock.started = true;
    clock.dts = 0;
    if (st.avg_frame_rate.num != 0)
      clock.dts =
          static_cast<std::int64_t>(-reorder_delay * AV_TIME_BASE / av_q2d(st.avg_frame_rate));
    clock.pts = 0;
    if (packet != nullptr && packet->pts != AV_NOPTS_VALUE && !clock.decoded) {
      clock.dts += av_rescale_q(packet->pts, st.time_base, kMicroseconds);
      clock.pts = clock.dts;
    }
  }
  if (clock.next_dts == AV_NOPTS_VALUE) clock.next_dts = clock.dts;
  if (clock.next_pts == AV_NOPTS_VALUE) clock.next_pts = clock.pts;
  if (packet == nullptr || packet->dts == AV_NOPTS_VALUE) return;
  clock.dts = av_rescale_q(packet->dts, st.time_base, kMicroseconds);
  clock.next_dts = clock.dts;
  if (st.codecpar->codec_type != AVMEDIA_TYPE_VIDEO || !clock.decoded)
    clock.next_pts = clock.pts = clock.dts;
}

void Timeline::advance_copied(const AVPacket& packet) {
  const AVStream& st = *input_.streams[packet.stream_index];
  const AVCodecParameters& par = *st.codecpar;
  StreamClock& clock = this->clock(packet.stream_index);
  clock.dts = clock.next_dts;
  if (par.codec_type == AVMEDIA_TYPE_AUDIO) {
    clock.next_dts +=
        clock.packet_us.value_or(av_rescale_q(packet.duration, st.time_base, kMicroseconds));
  } else if (par.codec_type == AVMEDIA_TYPE_VIDEO && clock.forced_rate.num != 0) {
    const AVRational frame = av_inv_q(clock.forced_rate);
    const std::int64_t number = av_rescale_q(clock.next_dts, kMicroseconds, frame);
    clock.next_dts = av_rescale_q(number + 1, frame, kMicroseconds);
  } else if (par.codec_type == AVMEDIA_TYPE_VIDEO) {
    clock.next_dts += packet.duration != 0
                          ? av_rescale_q(packet.duration, st.time_base, kMicroseconds)
                          : guessed_duration_us(st, st.avg_frame_rate, 1);
  }
  clock.pts = clock.dts;
  clock.next_pts = clock.next_dts;
}

void Timeline::loop() {
  // Where there is decoded sound it alone counts: a last picture's length is not well defined.
  const bool has_sound = std::any_of(clocks_.begin(), clocks_.end(),
                                     [](const StreamClock& c) { return c.last_samples > 0; });
  for (unsigned i = 0; i < input_.nb_streams; ++i) {
    const AVStream& st = *input_.streams[i];
    const StreamClock& clock = clocks_[i];
    if (has_sound && clock.last_samples == 0) continue;
    // The last frame's length, then the distance from the first to the last timestamp.
    std::int64_t length = 1;
    if (has_sound)
      length = av_rescale_q(clock.last_samples, {1, clock.sample_rate}, st.time_base);
    else if (const AVRational rate =
                 clock.forced_rate.num != 0 ? clock.forced_rate : st.avg_frame_rate;
             rate.num != 0)
      length = av_rescale_q(1, av_inv_q(rate), st.time_base);
    if (looped_ == 0) looped_base_ = st.time_base;
    if (clock.most_pts > clock.least_pts) length += clock.most_pts - clock.least_pts;
    if (av_compare_ts(looped_, looped_base_, length, st.time_base) < 0) {
      looped_ = length;
      looped_base_ = st.time_base;
    }
  }
}

}  // namespace latham::decoder
