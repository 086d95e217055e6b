// SPDX-License-Identifier: MIT
#include "encoder/container.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace latham::encoder {
namespace {

template <std::size_t N>
bool is_one_of(const AVOutputFormat& format, const std::array<std::string_view, N>& names) {
  return std::find(names.begin(), names.end(), format.name) != names.end();
}

/// MPEG-TS takes any sound, as data of a private kind which no reader knows for sound again.
bool is_known_in_mpegts(AVCodecID sound) {
  constexpr std::array kKnown = {AV_CODEC_ID_MP1,  AV_CODEC_ID_MP2,      AV_CODEC_ID_MP3,
                                 AV_CODEC_ID_AAC,  AV_CODEC_ID_AAC_LATM, AV_CODEC_ID_AC3,
                                 AV_CODEC_ID_EAC3, AV_CODEC_ID_DTS,      AV_CODEC_ID_TRUEHD,
                                 AV_CODEC_ID_OPUS, AV_CODEC_ID_S302M};
  return std::find(kKnown.begin(), kKnown.end(), sound) != kKnown.end();
}

}  // namespace

bool is_timecode(const AVCodecParameters& stream) {
  return stream.codec_tag == MKTAG('t', 'm', 'c', 'd');
}

bool can_hold(const AVOutputFormat& format, const AVCodecParameters& stream) {
  if (stream.codec_type == AVMEDIA_TYPE_ATTACHMENT)
    return std::string_view(format.name) == "matroska" && stream.extradata_size > 0;
  if (stream.codec_id == AV_CODEC_ID_NONE)
    return is_timecode(stream) && std::string_view(format.name) == "mov";
  const int answer = avformat_query_codec(&format, stream.codec_id, FF_COMPLIANCE_NORMAL);
  if (stream.codec_type != AVMEDIA_TYPE_AUDIO) return answer > 0;
  // WAV could name many codecs, and hardly a player looks for one in it.
  constexpr std::array<std::string_view, 2> kOfPcm = {"wav", "w64"};
  if (is_one_of(format, kOfPcm))
    return stream.codec_id >= AV_CODEC_ID_PCM_S16LE && stream.codec_id < AV_CODEC_ID_ADPCM_IMA_QT &&
           answer > 0;
  // Matroska also takes what AVI can name, which the query does not know.
  if (answer == 0) return std::string_view(format.name) == "matroska";
  if (answer > 0 || format.audio_codec == AV_CODEC_ID_NONE) return answer > 0;
  // A bare stream of one codec, into which any other would go unseen.
  if ((format.flags & AVFMT_NOTIMESTAMPS) != 0 && format.video_codec == AV_CODEC_ID_NONE)
    return stream.codec_id == format.audio_codec;
  return std::string_view(format.name) != "mpegts" || is_known_in_mpegts(stream.codec_id);
}

bool holds_covers(const AVOutputFormat& format) {
  constexpr std::array<std::string_view, 4> kNames = {"mp4", "ipod", "mp3", "flac"};
  return is_one_of(format, kNames);
}

bool holds_covers_only(const AVOutputFormat& format) {
  return avformat_query_codec(&format, format.video_codec, 0) == MKTAG('A', 'P', 'I', 'C');
}

bool holds_one_sound(const AVOutputFormat& format) {
  constexpr std::array<std::string_view, 4> kOfSeveral = {"matroska", "oga", "opus", "spx"};
  // A container whose usual pictures are PNG means covers.
  const bool of_sound =
      format.audio_codec != AV_CODEC_ID_NONE &&
      (format.video_codec == AV_CODEC_ID_NONE || format.video_codec == AV_CODEC_ID_PNG);
  return of_sound && !is_one_of(format, kOfSeveral);
}

bool is_cover_codec(AVCodecID codec) {
  return codec == AV_CODEC_ID_MJPEG || codec == AV_CODEC_ID_PNG || codec == AV_CODEC_ID_BMP;
}

bool is_hash(const AVOutputFormat& format) {
  constexpr std::array<std::string_view, 7> kNames = {"framemd5", "framecrc", "framehash", "md5",
                                                      "hash",     "crc",      "streamhash"};
  return is_one_of(format, kNames);
}

bool is_null(const AVOutputFormat& format) {
  return std::string_view(format.name) == "null";
}

AVCodecID usual_codec(const AVOutputFormat& format, const std::string& name, AVMediaType type) {
  const AVCodecID guess = av_guess_codec(&format, nullptr, name.c_str(), nullptr, type);
  if (type != AVMEDIA_TYPE_SUBTITLE || guess != AV_CODEC_ID_NONE || is_null(format)) return guess;
  // MP4 and others name none, though there is but one that they take.
  for (const AVCodecID text : {AV_CODEC_ID_MOV_TEXT, AV_CODEC_ID_WEBVTT, AV_CODEC_ID_SUBRIP})
    if (avformat_query_codec(&format, text, FF_COMPLIANCE_NORMAL) == 1) return text;
  return AV_CODEC_ID_NONE;
}

}  // namespace latham::encoder
