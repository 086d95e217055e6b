// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "media/av.h"
#include "media/byte_stream.h"

/// What goes beside the frames from the decoder to those who take it, a message each: a head with the kind and
/// packets_read(), then what the kind says. Subtitles have theirs in subtitles.h.
namespace latham::media {

/// A copied packet; its timestamps are corrected and in its stream's time base.
struct CopiedPacket {
  Packet packet;              ///< stream_index is the input's.
  std::int64_t clock_us = 0;  ///< The stream's running dts, for a packet that has none.
};

enum class MessageKind : std::uint8_t {
  packet = 'P',
  audio = 'A',
  subtitle_track = 'T',  ///< These two: subtitles.h
  subtitle = 'S',
  mark = 'M',
  progress = 'R',  ///< Nothing but packets_read(): so far no more than what came before.
  end = 'E',
};

/// In a playback: what was sent before this belongs to another place in the file.
struct SeekMark {
  std::uint32_t number = 0;       ///< Of the seek, as it was asked for.
  std::uint64_t first_frame = 0;  ///< Number on the edge of the first frame after it.
};

/// How many packets of the input the decoder had read when it gave a message: puts what lies beside the
/// frames into one order with them, see FrameMeta. 0 until it is set.
[[nodiscard]] std::int64_t packets_read(std::span<const std::byte> message);
void set_packets_read(std::vector<std::byte>& message, std::int64_t packets);

void write_packet(const AVPacket& packet, std::int64_t clock_us, std::vector<std::byte>& out);
/// Decoded sound of one stream; pts counts samples.
void write_audio(const AVFrame& frame, int stream, std::vector<std::byte>& out);
void write_mark(const SeekMark& mark, std::vector<std::byte>& out);
void write_progress(std::vector<std::byte>& out);
void write_end(std::vector<std::byte>& out);

/// The kind of a message. These throw std::runtime_error for bytes that are not such a message.
[[nodiscard]] MessageKind kind_of(std::span<const std::byte> message);
/// To fill a message of this kind, and what is in one.
[[nodiscard]] ByteWriter begin_message(MessageKind kind, std::vector<std::byte>& out);
[[nodiscard]] ByteReader open_message(std::span<const std::byte> message, MessageKind kind);
[[nodiscard]] SeekMark read_mark(std::span<const std::byte> message);
[[nodiscard]] CopiedPacket read_packet(std::span<const std::byte> message);
/// Fills `frame`; returns its stream's index in the input.
[[nodiscard]] int read_audio(std::span<const std::byte> message, AVFrame& frame);

}  // namespace latham::media
