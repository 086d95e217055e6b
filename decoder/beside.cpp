// SPDX-License-Identifier: MIT
#include "decoder/beside.h"

#include <algorithm>
#include <utility>

#include "system/failure.h"

namespace latham::decoder {

Beside::Beside(stage::Stage& stage, const Source& source, stage::Wiring& wiring, ReadLimit& limit)
    : stage_(stage), source_(source), wiring_(wiring), limit_(limit) {}

void Beside::send_packet(const AVPacket& packet, std::int64_t dts_us, bool counts) {
  bool written = false;
  for (stage::PacketsOut& out : wiring_.packets_out()) {
    if (out.copied.count(packet.stream_index) == 0) continue;
    if (!std::exchange(written, true)) media::write_packet(packet, dts_us, message_);
    send(out);
  }
  if (written && counts) count(packet.stream_index, dts_us);
}

void Beside::send_sound(const AVFrame& frame, int stream) {
  const std::int64_t time = av_rescale_q(frame.pts, {1, frame.sample_rate}, AV_TIME_BASE_Q);
  limit_.look(stream, time);
  media::write_audio(frame, stream, message_);
  send_decoded(stream);
  count(stream, time);
  given_[stream].samples += frame.nb_samples;
}

void Beside::send_subtitle(const media::SubtitleEvent& event) {
  if (event.lines.empty() && event.pictures.empty()) return;  // the screen is cleared
  limit_.look(event.stream, event.start_us);
  media::write_subtitle(event, message_);
  send_decoded(event.stream);
  count(event.stream, event.start_us);
}

void Beside::send_subtitle_track(const media::SubtitleTrack& track, int stream) {
  media::write_subtitle_track(track, message_);
  send_decoded(stream);
}

void Beside::tell_progress() {
  constexpr std::int64_t kOften = 32;
  for (stage::PacketsOut& out : wiring_.packets_out()) {
    if (source_.packets_read() - out.told < kOften) continue;
    media::write_progress(message_);
    send(out);
  }
}

void Beside::end() {
  media::write_end(message_);
  for (stage::PacketsOut& out : wiring_.packets_out()) {
    // Whatever was left out since: a second end is read by nobody, one that is missing is waited for.
    out.given = std::max(out.given, static_cast<std::int64_t>(out.received_before));
    send(out);
  }
}

std::int64_t Beside::behind() const noexcept {
  std::int64_t most = 0;
  for (const stage::PacketsOut& out : wiring_.packets_out())
    most = std::max(most, static_cast<std::int64_t>(out.received_before) - out.given);
  return most;
}

bool Beside::was_read_further() const noexcept {
  return std::any_of(
      wiring_.packets_out().begin(), wiring_.packets_out().end(),
      [this](const stage::PacketsOut& out) { return out.read_before > source_.packets_read(); });
}

bool Beside::drained() const {
  return std::all_of(wiring_.packets_out().begin(), wiring_.packets_out().end(),
                     [](const stage::PacketsOut& out) { return out.sender->drained(); });
}

Beside::Given Beside::given(int stream) const {
  const auto found = given_.find(stream);
  return found == given_.end() ? Given{} : found->second;
}

bool Beside::is_copied(int stream) const {
  return std::any_of(wiring_.packets_out().begin(), wiring_.packets_out().end(),
                     [&](const stage::PacketsOut& out) { return out.copied.count(stream) != 0; });
}

void Beside::count(int stream, std::int64_t time_us) {
  ++given_[stream].messages;
  if (time_us >= source_.time().span.window.start.value_or(INT64_MIN)) ++in_window_;
}

void Beside::send_decoded(int stream) {
  for (stage::PacketsOut& out : wiring_.packets_out())
    if (out.decoded.count(stream) != 0) send(out);
}

void Beside::send(stage::PacketsOut& out) {
  media::set_packets_read(message_, source_.packets_read());
  out.told = source_.packets_read();
  if (++out.given <= static_cast<std::int64_t>(out.received_before)) return;
  for (;;) {
    const transport::Status status = out.sender->send(message_);
    if (status == transport::Status::ok) return;
    if (status != transport::Status::again)
      throw StageFailure(FailureKind::neighbour, "pass on a packet: the encoder is gone");
    stage_.serve();
    stage_.wait([] { return false; });
  }
}

}  // namespace latham::decoder
