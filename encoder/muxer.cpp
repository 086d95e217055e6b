// SPDX-License-Identifier: MIT
#include "encoder/muxer.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <string_view>
#include <utility>

#include "encoder/stream_parameters.h"
#include "media/av_log.h"
#include "system/failure.h"

extern "C" {
#include <libavutil/intreadwrite.h>
#include <libavutil/mathematics.h>
}

namespace latham::encoder {
namespace {

constexpr AVRational kMicroseconds{1, AV_TIME_BASE};

}  // namespace

Muxer::Muxer(const Options& options, OutputPlan& plan, UniqueFd output, Spools* spools)
    : options_(options),
      format_(&plan.format()),
      spools_(spools),
      format_options_(plan.take_format_options()),
      // Into spools everything goes before the header.
      read_before_header_(plan.inputs().size(), spools == nullptr ? 0 : INT64_MAX) {
  if (output) {
    reads_back_ = UniqueFd(::fcntl(output.get(), F_DUPFD_CLOEXEC, 3));
    io_ = std::make_unique<media::ByteIo>(std::move(output), media::ByteIo::Direction::write);
    format_->pb = io_->context();
    format_->opaque = this;
    format_->io_open = &Muxer::open_again;
    format_->io_close2 = &Muxer::close_again;
  } else if ((options.format->flags & AVFMT_NOFILE) == 0) {
    const int code = avio_open2(&format_->pb, options.name.c_str(), AVIO_FLAG_WRITE, nullptr,
                                &format_options_.raw);
    if (code < 0) fail("open", code);
  }
  format_->max_delay = static_cast<int>(options.mux_delay * AV_TIME_BASE);
  if (options.mux_preload > 0)
    format_options_.set("preload", std::to_string(std::llrint(options.mux_preload * AV_TIME_BASE)));
  if (options.time.window.duration) format_->duration = *options.time.window.duration;
  for (const PlannedStream& planned : plan.streams())
    add_stream(planned, plan.inputs()[planned.input].span);
}

Muxer::~Muxer() {
  if (io_)
    format_->pb = nullptr;
  else if ((options_.format->flags & AVFMT_NOFILE) == 0)
    avio_closep(&format_->pb);
}

int Muxer::open_again(AVFormatContext* format, AVIOContext** context, const char* url, int flags,
                      AVDictionary** /*options*/) {
  auto* self = static_cast<Muxer*>(format->opaque);
  if (std::string_view(url) != format->url || flags != AVIO_FLAG_READ || self->again_)
    return AVERROR(EACCES);
  self->again_ =
      std::make_unique<media::ByteIo>(std::move(self->reads_back_), media::ByteIo::Direction::read);
  *context = self->again_->context();
  return 0;
}

int Muxer::close_again(AVFormatContext* format, AVIOContext* /*context*/) {
  static_cast<Muxer*>(format->opaque)->again_.reset();
  return 0;
}

void Muxer::add_stream(const PlannedStream& planned, const media::InputSpan& span) {
  OutputStream& out = streams_.emplace_back();
  out.plan = &planned;
  out.open = !planned.encoded();
  if (planned.encoded()) return;  // its parameters come once the encoder is open
  out.packet_base = planned.source->time_base;
  if (spools_ != nullptr) spools_->set_time_base(planned.index, out.packet_base);
  const bool is_matroska = std::string_view(options_.format->name) == "matroska";
  out.copied.emplace(planned, options_.time, span, is_matroska);
  copy_parameters(*format_, planned);
  open_filter(out);
}

void Muxer::open_filter(OutputStream& out) {
  if (!out.plan->bitstream_filters.empty())
    out.filter.emplace(out.plan->bitstream_filters, *out.plan->stream);
}

std::vector<std::int64_t> Muxer::chapter_starts() const {
  std::vector<std::int64_t> starts;
  for (unsigned i = 0; i < format_->nb_chapters; ++i)
    starts.push_back(
        av_rescale_q(format_->chapters[i]->start, format_->chapters[i]->time_base, kMicroseconds));
  return starts;
}

void Muxer::fail(const std::string& what, int code) {
  const std::string reason = media::last_log_line();
  if (io_ && io_->write_error() == ENOSPC)
    throw StageFailure(FailureKind::output,
                       fmt::format("{} '{}': the disk is full; free some space and run it again",
                                   what, options_.name));
  if (io_ && io_->write_error() != 0)
    throw StageFailure(FailureKind::output, fmt::format("{} '{}': {}", what, options_.name,
                                                        std::strerror(io_->write_error())));
  if (reason.find("more than one file with the same name") != std::string::npos)
    throw StageFailure(
        FailureKind::usage,
        fmt::format("{} '{}': it has room for one picture; number them (NAME%03d.png), take one "
                    "(-frames:v 1) or the last (-update 1)",
                    what, options_.name));
  throw StageFailure(FailureKind::output,
                     fmt::format("{} '{}' ({}): {}", what, options_.name, options_.format->name,
                                 reason.empty() ? media::error_text(code) : reason));
}

void Muxer::opened(int stream, AVRational time_base) {
  OutputStream& out = streams_.at(static_cast<std::size_t>(stream));
  const media::StreamEntry& source = *out.plan->source;
  AVStream& st = *out.plan->stream;
  std::int64_t& read_before = read_before_header_.at(out.plan->input);
  read_before = std::max(read_before, place_.packets_read);
  out.encoder_base = out.packet_base = time_base;
  keep_side_data(*out.plan, options_.static_hdr);
  if (st.time_base.num <= 0 || st.time_base.den <= 0) st.time_base = av_add_q(time_base, {0, 1});
  if (source.duration > 0)
    st.duration = av_rescale_q(source.duration, source.time_base, st.time_base);
  open_filter(out);
  out.open = true;
  if (spools_ != nullptr) spools_->set_time_base(stream, out.packet_base);
  if (!all_open()) return;
  if (spools_ == nullptr) write_header();
  // What this container cannot hold should be known now, not at the end.
  else if (const int code = avformat_init_output(format_, &format_options_.raw); code < 0)
    fail("write the header of", code);
}

bool Muxer::all_open() const noexcept {
  return std::all_of(streams_.begin(), streams_.end(),
                     [](const OutputStream& out) { return out.open; });
}

void Muxer::write_header() {
  (void)media::last_log_line();
  const int code = avformat_write_header(format_, &format_options_.raw);
  if (code < 0) fail("write the header of", code);
  has_header_ = true;
  for (OutputStream& out : streams_) {
    if (out.copied) {
      for (auto& kept = out.copied->kept(); !kept.empty(); kept.pop_front())
        copy(out, kept.front());
      continue;
    }
    // Finer steps than the source's are of use only from the first packet on.
    if (out.kept.empty() && spools_ == nullptr) out.packet_base = out.plan->stream->time_base;
    for (; !out.kept.empty(); out.kept.pop_front()) write(out, *out.kept.front());
  }
}

void Muxer::all_was_read() {
  std::fill(read_before_header_.begin(), read_before_header_.end(), INT64_MAX);
}

void Muxer::keep_or_write(OutputStream& out, AVPacket& packet) {
  if (has_header_) {
    write(out, packet);
    return;
  }
  out.kept.push_back(media::make_packet());
  if (av_packet_make_refcounted(&packet) < 0) throw std::bad_alloc();
  av_packet_move_ref(out.kept.back().get(), &packet);
}

void Muxer::write_encoded(int stream, AVPacket& packet, AVRational constant_rate) {
  OutputStream& out = streams_.at(static_cast<std::size_t>(stream));
  av_packet_rescale_ts(&packet, out.encoder_base, out.packet_base);
  if (constant_rate.num > 0)
    packet.duration = av_rescale_q(1, av_inv_q(constant_rate), out.packet_base);
  take(out, packet);
}

void Muxer::write_copied(const media::CopiedPacket& copied) {
  if (!has_header_ && spools_ == nullptr && all_open()) write_header();
  reached(copied.clock_us);
  for (OutputStream& out : streams_) {
    if (!out.copied || out.plan->input != place_.input ||
        out.plan->source->index != copied.packet->stream_index)
      continue;
    CopiedStream::Admitted own = out.copied->admit(copied, place_.packets_read);
    if (own.packet == nullptr) continue;
    if (has_header_ || spools_ != nullptr)
      copy(out, own);
    else
      out.copied->keep(std::move(own));
  }
}

void Muxer::copy(OutputStream& out, CopiedStream::Admitted& admitted) {
  out.copied->date(admitted, read_before_header_.at(out.plan->input));
  out.packet_base = out.copied->packet_base();
  take(out, *admitted.packet);
}

std::int64_t Muxer::copies_end_us(std::size_t input) const {
  std::int64_t end_us = INT64_MAX;
  for (const OutputStream& out : streams_)
    if (out.copied && out.plan->input == input &&
        (out.plan->type() == AVMEDIA_TYPE_VIDEO || out.plan->type() == AVMEDIA_TYPE_AUDIO))
      end_us = std::min(end_us, out.copied->end_us());
  return end_us;
}

void Muxer::end_copies_of(std::size_t input) {
  for (OutputStream& out : streams_)
    if (out.copied && out.plan->input == input) out.copied->close();
}

void Muxer::end_copies_at(std::int64_t end_us) {
  for (OutputStream& out : streams_)
    if (out.copied) out.copied->end_at(end_us);
}

void Muxer::take(OutputStream& out, AVPacket& packet) {
  if (spools_ != nullptr)
    spools_->append(*out.plan, packet);
  else
    filter(out, &packet);
}

void Muxer::filter(OutputStream& out, AVPacket* packet) {
  if (!out.filter) {
    if (packet != nullptr) keep_or_write(out, *packet);
    return;
  }
  out.filter->push(packet);
  for (const media::Packet filtered = media::make_packet(); out.filter->pull(*filtered);)
    keep_or_write(out, *filtered);
}

bool Muxer::copies_ended() const {
  constexpr std::int64_t kInterleaving = std::int64_t{10} * AV_TIME_BASE;
  const media::TimeWindow& window = options_.time.window;
  const bool far_past =
      window.duration && reached_us_ >= window.start_or_zero() + *window.duration + kInterleaving;
  return std::all_of(streams_.begin(), streams_.end(), [&](const OutputStream& o) {
    const bool sparse =
        o.plan->type() != AVMEDIA_TYPE_VIDEO && o.plan->type() != AVMEDIA_TYPE_AUDIO;
    // What is attached is in the header.
    return !o.copied || o.copied->ended() || o.plan->type() == AVMEDIA_TYPE_ATTACHMENT ||
           (sparse && far_past);
  });
}

void Muxer::order(OutputStream& out, AVPacket& p) {
  if ((format_->oformat->flags & AVFMT_NOTIMESTAMPS) != 0) return;
  if (p.dts != AV_NOPTS_VALUE && p.pts != AV_NOPTS_VALUE && p.dts > p.pts) {
    // The middle one of the three, as ffmpeg guesses.
    const std::int64_t next = out.last_dts + 1;
    p.pts = p.dts =
        p.pts + p.dts + next - std::min({p.pts, p.dts, next}) - std::max({p.pts, p.dts, next});
  }
  if (p.dts == AV_NOPTS_VALUE || out.last_dts == AV_NOPTS_VALUE) return;
  const bool may_repeat = (format_->oformat->flags & AVFMT_TS_NONSTRICT) != 0;
  const std::int64_t least = out.last_dts + (may_repeat ? 0 : 1);
  if (p.dts >= least) return;
  if (!out.warned && warn_)
    warn_(fmt::format(
        "stream {} of '{}': timestamps that do not rise (from dts {} to {}) were moved up",
        out.plan->stream->index, options_.name, out.last_dts, p.dts));
  out.warned = true;
  if (p.pts >= p.dts) p.pts = std::max(p.pts, least);
  p.dts = least;
}

/// Of sound: what its encoder put before it, as the stream says or its first packet.
std::int64_t Muxer::lead_in_us(const AVCodecParameters& par, const AVPacket& first) {
  std::size_t size = 0;
  const std::uint8_t* skip = av_packet_get_side_data(&first, AV_PKT_DATA_SKIP_SAMPLES, &size);
  const std::int64_t samples = skip != nullptr && size >= 4 ? AV_RL32(skip) : par.initial_padding;
  return par.sample_rate > 0 ? av_rescale(samples, AV_TIME_BASE, par.sample_rate) : 0;
}

void Muxer::write(OutputStream& out, AVPacket& packet) {
  av_packet_rescale_ts(&packet, out.packet_base, out.plan->stream->time_base);
  order(out, packet);
  out.last_dts = packet.dts;
  if (packet.dts != AV_NOPTS_VALUE)
    time_us_ = std::max(time_us_, av_rescale_q(packet.dts + packet.duration,
                                               out.plan->stream->time_base, kMicroseconds));
  packet.stream_index = out.plan->stream->index;
  if (out.written.packets() == 0) out.lead_in_us = lead_in_us(*out.plan->stream->codecpar, packet);
  out.written.add(packet, out.plan->stream->time_base);
  const int code = av_interleaved_write_frame(format_, &packet);
  if (code < 0) fail("write", code);
}

bool Muxer::has_packets() const noexcept {
  if (spools_ != nullptr && spools_->bytes() > 0) return true;
  return std::any_of(streams_.begin(), streams_.end(), [](const OutputStream& out) {
    return !out.kept.empty() || (out.copied && !out.copied->kept().empty()) ||
           out.written.packets() > 0;
  });
}

std::optional<std::int64_t> Muxer::sound_offset_us() const noexcept {
  const auto begin_of = [this](AVMediaType type) -> std::optional<std::int64_t> {
    for (const OutputStream& out : streams_)
      if (const auto begin = out.written.first_us(); begin && out.plan->type() == type)
        return *begin + out.lead_in_us;
    return std::nullopt;
  };
  const auto sound = begin_of(AVMEDIA_TYPE_AUDIO);
  const auto pictures = begin_of(AVMEDIA_TYPE_VIDEO);
  return sound && pictures ? std::optional(*sound - *pictures) : std::nullopt;
}

std::int64_t Muxer::bytes() const noexcept {
  if (spools_ != nullptr && !has_header_) return spools_->bytes();
  return io_ ? std::max(io_->size(), avio_tell(io_->context())) : 0;
}

std::vector<std::map<std::string, std::string>> Muxer::accounts() const {
  std::vector<std::map<std::string, std::string>> all;
  for (const OutputStream& out : streams_) {
    if (!out.plan->of_input()) continue;
    std::map<std::string, std::string> fields{{"index", std::to_string(out.plan->stream->index)},
                                              {"input", std::to_string(out.plan->input)},
                                              {"source", std::to_string(out.plan->source->index)}};
    if (const char* type = av_get_media_type_string(out.plan->type())) fields["type"] = type;
    out.written.write(fields);
    // What has no clock comes back with another one.
    if ((format_->oformat->flags & AVFMT_NOTIMESTAMPS) != 0)
      for (const char* key : {"time_base", "first_us", "end_us", "pts"}) fields.erase(key);
    if (out.copied) {
      fields["taken"] = std::to_string(out.copied->taken());
      // A filter may make more or fewer of them.
      if (!out.filter) fields["refused"] = std::to_string(out.copied->refused());
    }
    all.push_back(std::move(fields));
  }
  return all;
}

std::int64_t Muxer::video_packets() const noexcept {
  std::int64_t packets = 0;
  for (const OutputStream& out : streams_)
    if (out.plan->encoded() && out.plan->type() == AVMEDIA_TYPE_VIDEO)
      packets += out.written.packets();
  return packets;
}

void Muxer::finish() {
  // Where everything is copied and no packet came, or every stream is an attachment.
  if (!has_header_ && all_open()) write_header();
  if (!has_header_) return;
  if (spools_ != nullptr)
    spools_->replay([this](int stream, AVPacket& packet) {
      filter(streams_.at(static_cast<std::size_t>(stream)), &packet);
    });
  for (OutputStream& out : streams_)
    if (out.filter) filter(out, nullptr);
  const int code = av_write_trailer(format_);
  if (code < 0) fail("finish", code);
  if (format_->pb != nullptr) {
    avio_flush(format_->pb);
    // Muxers do not look at every seek of theirs.
    const bool missed = io_ && io_->write_error() != 0;
    if (format_->pb->error < 0 || missed) fail("write", format_->pb->error);
  }
}

}  // namespace latham::encoder
