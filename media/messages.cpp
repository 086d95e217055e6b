// SPDX-License-Identifier: MIT
#include "media/messages.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <stdexcept>

#include "media/stream_table.h"

namespace latham::media {
namespace {

/// The kind, a byte, and packets_read().
constexpr std::size_t kHeadBytes = 1 + sizeof(std::int64_t);

}  // namespace

ByteWriter begin_message(MessageKind kind, std::vector<std::byte>& out) {
  ByteWriter w(out);
  w.number(static_cast<std::uint8_t>(kind));
  w.number(std::int64_t{0});
  return w;
}

std::int64_t packets_read(std::span<const std::byte> message) {
  (void)kind_of(message);
  std::int64_t packets = 0;
  std::memcpy(&packets, message.data() + 1, sizeof(packets));
  return packets;
}

void set_packets_read(std::vector<std::byte>& message, std::int64_t packets) {
  std::memcpy(message.data() + 1, &packets, sizeof(packets));
}

MessageKind kind_of(std::span<const std::byte> message) {
  if (message.size() < kHeadBytes) throw std::runtime_error("message between stages: no head");
  const auto kind = static_cast<MessageKind>(message[0]);
  constexpr std::array kKinds = {
      MessageKind::packet,   MessageKind::audio, MessageKind::subtitle_track,
      MessageKind::subtitle, MessageKind::mark,  MessageKind::progress,
      MessageKind::end};
  if (std::find(kKinds.begin(), kKinds.end(), kind) == kKinds.end())
    throw std::runtime_error("message between stages: unknown kind");
  return kind;
}

ByteReader open_message(std::span<const std::byte> message, MessageKind kind) {
  if (kind_of(message) != kind)
    throw std::runtime_error("message between stages: not of the kind expected");
  return ByteReader(message.subspan(kHeadBytes));
}

void write_packet(const AVPacket& p, std::int64_t clock_us, std::vector<std::byte>& out) {
  ByteWriter w = begin_message(MessageKind::packet, out);
  w.number(std::int32_t{p.stream_index});
  w.number(std::int32_t{p.flags});
  for (const std::int64_t value : {p.pts, p.dts, p.duration, p.pos, clock_us}) w.number(value);
  w.number(static_cast<std::uint32_t>(p.side_data_elems));
  for (int i = 0; i < p.side_data_elems; ++i) {
    w.number(static_cast<std::int32_t>(p.side_data[i].type));
    w.bytes(p.side_data[i].data, p.side_data[i].size);
  }
  w.bytes(p.data, static_cast<std::size_t>(p.size));
}

CopiedPacket read_packet(std::span<const std::byte> message) {
  ByteReader r = open_message(message, MessageKind::packet);
  CopiedPacket c;
  c.packet = make_packet();
  AVPacket& p = *c.packet;
  p.stream_index = r.number<std::int32_t>();
  p.flags = r.number<std::int32_t>();
  for (std::int64_t* value : {&p.pts, &p.dts, &p.duration, &p.pos, &c.clock_us})
    *value = r.number<std::int64_t>();
  for (std::uint32_t n = r.count(8); n > 0; --n) {
    const auto type = static_cast<AVPacketSideDataType>(r.number<std::int32_t>());
    const auto bytes = r.bytes();
    std::uint8_t* data = checked(av_packet_new_side_data(&p, type, bytes.size()));
    if (!bytes.empty()) std::memcpy(data, bytes.data(), bytes.size());
  }
  const auto payload = r.bytes();
  if (!payload.empty()) {
    AVBufferRef* buffer = checked(av_buffer_allocz(payload.size() + AV_INPUT_BUFFER_PADDING_SIZE));
    std::memcpy(buffer->data, payload.data(), payload.size());
    p.buf = buffer;
    p.data = buffer->data;
    p.size = static_cast<int>(payload.size());
  }
  return c;
}

void write_audio(const AVFrame& frame, int stream, std::vector<std::byte>& out) {
  const auto format = static_cast<AVSampleFormat>(frame.format);
  const char* name = av_get_sample_fmt_name(format);
  const bool planar = av_sample_fmt_is_planar(format) != 0;
  const int planes = planar ? frame.ch_layout.nb_channels : 1;
  const int channels = planar ? 1 : frame.ch_layout.nb_channels;
  ByteWriter w = begin_message(MessageKind::audio, out);
  w.number(std::int32_t{stream});
  w.text(name == nullptr ? "" : name);
  write_layout(w, frame.ch_layout);
  w.number(std::int32_t{frame.sample_rate});
  w.number(std::int32_t{frame.nb_samples});
  w.number(frame.pts);
  w.number(static_cast<std::uint32_t>(planes));
  const auto bytes = static_cast<std::size_t>(frame.nb_samples) *
                     static_cast<std::size_t>(channels) *
                     static_cast<std::size_t>(av_get_bytes_per_sample(format));
  for (int p = 0; p < planes; ++p) w.bytes(frame.extended_data[p], bytes);
}

int read_audio(std::span<const std::byte> message, AVFrame& frame) {
  ByteReader r = open_message(message, MessageKind::audio);
  const auto stream = r.number<std::int32_t>();
  frame.format = av_get_sample_fmt(r.text().c_str());
  read_layout(r, frame.ch_layout);
  frame.sample_rate = r.number<std::int32_t>();
  frame.nb_samples = r.number<std::int32_t>();
  frame.pts = r.number<std::int64_t>();
  if (frame.format == AV_SAMPLE_FMT_NONE || frame.sample_rate <= 0 || frame.nb_samples <= 0)
    throw std::runtime_error("message between stages: sound that makes no sense");
  if (av_frame_get_buffer(&frame, 0) < 0) throw std::bad_alloc();
  const auto format = static_cast<AVSampleFormat>(frame.format);
  const bool planar = av_sample_fmt_is_planar(format) != 0;
  const auto planes = static_cast<std::uint32_t>(planar ? frame.ch_layout.nb_channels : 1);
  const std::size_t expected = static_cast<std::size_t>(frame.nb_samples) *
                               static_cast<std::size_t>(planar ? 1 : frame.ch_layout.nb_channels) *
                               static_cast<std::size_t>(av_get_bytes_per_sample(format));
  if (r.count(4) != planes)
    throw std::runtime_error("message between stages: sound with wrong planes");
  for (std::uint32_t p = 0; p < planes; ++p) {
    const auto bytes = r.bytes();
    if (bytes.size() != expected)
      throw std::runtime_error("message between stages: sound cut short");
    std::memcpy(frame.extended_data[p], bytes.data(), bytes.size());
  }
  return stream;
}

void write_mark(const SeekMark& mark, std::vector<std::byte>& out) {
  ByteWriter w = begin_message(MessageKind::mark, out);
  w.number(mark.number);
  w.number(mark.first_frame);
}

SeekMark read_mark(std::span<const std::byte> message) {
  ByteReader r = open_message(message, MessageKind::mark);
  SeekMark mark;
  mark.number = r.number<std::uint32_t>();
  mark.first_frame = r.number<std::uint64_t>();
  return mark;
}

void write_progress(std::vector<std::byte>& out) {
  (void)begin_message(MessageKind::progress, out);
}

void write_end(std::vector<std::byte>& out) {
  (void)begin_message(MessageKind::end, out);
}

}  // namespace latham::media
