// SPDX-License-Identifier: MIT
#include "encoder/trial_header.h"

#include "encoder/output_plan.h"
#include "encoder/stream_parameters.h"
#include "media/av_log.h"

extern "C" {
#include <libavutil/opt.h>
}

namespace latham::encoder {
namespace {

/// MXF begins with a picture and takes no sound alone; other containers would want the picture's headers.
enum class Company : std::uint8_t { none, picture };

void add_picture(AVFormatContext& format) {
  AVStream& st = *media::checked(avformat_new_stream(&format, nullptr));
  AVCodecParameters& par = *st.codecpar;
  par.codec_type = AVMEDIA_TYPE_VIDEO;
  par.codec_id = format.oformat->video_codec;
  par.format = AV_PIX_FMT_YUV420P;
  par.width = 720;
  par.height = 576;
  par.bit_rate = 1'000'000;
  par.sample_aspect_ratio = st.sample_aspect_ratio = {1, 1};
  st.time_base = {1, 25};
  st.avg_frame_rate = {25, 1};
}

bool writes_header(const Options& options, const media::StreamEntry& source, Company company) {
  AVFormatContext* raw = nullptr;
  if (avformat_alloc_output_context2(&raw, options.format, nullptr, options.name.c_str()) < 0)
    throw std::bad_alloc();
  const media::FormatContext format(raw);
  for (const auto& [name, value] : options.avoptions)
    if (name == "strict") (void)av_opt_set(raw, "strict", value.c_str(), 0);
  if (company == Company::picture) add_picture(*raw);
  PlannedStream planned;
  planned.source = &source;
  planned.stream = media::checked(avformat_new_stream(raw, nullptr));
  copy_parameters(*raw, planned);

  if (avio_open_dyn_buf(&raw->pb) < 0) throw std::bad_alloc();
  const int code = avformat_write_header(raw, nullptr);
  std::uint8_t* written = nullptr;
  avio_close_dyn_buf(raw->pb, &written);
  raw->pb = nullptr;
  av_free(written);
  return code >= 0;
}

}  // namespace

std::optional<std::string> refusal_to_copy(const Options& options,
                                           const media::StreamEntry& source) {
  if (options.target() != Options::Target::file) return std::nullopt;
  (void)media::last_log_line();
  if (writes_header(options, source, Company::none)) return std::nullopt;
  std::string reason = media::last_log_line();
  if (options.format->video_codec != AV_CODEC_ID_NONE &&
      writes_header(options, source, Company::picture))
    return std::nullopt;
  return reason;
}

}  // namespace latham::encoder
