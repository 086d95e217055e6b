// SPDX-License-Identifier: MIT
#include "encoder/bitstream_filter.h"

#include <fmt/format.h>

#include "system/failure.h"

namespace latham::encoder {

BitstreamFilter::BitstreamFilter(const std::string& chain, AVStream& stream) : chain_(chain) {
  AVBSFContext* context = nullptr;
  int code = av_bsf_list_parse_str(chain.c_str(), &context);
  context_.reset(context);
  if (code >= 0) code = avcodec_parameters_copy(context->par_in, stream.codecpar);
  if (code >= 0) {
    context->time_base_in = stream.time_base;
    code = av_bsf_init(context);
  }
  if (code >= 0) code = avcodec_parameters_copy(stream.codecpar, context->par_out);
  if (code < 0)
    throw StageFailure(
        FailureKind::usage,
        fmt::format("-bsf {} for stream {} ({}): {}; `ffmpeg -bsfs` lists the filters", chain,
                    stream.index, avcodec_get_name(stream.codecpar->codec_id),
                    media::error_text(code)));
  stream.time_base = context->time_base_out;
}

void BitstreamFilter::fail(const std::string& what, int code) const {
  throw StageFailure(FailureKind::failed, fmt::format("{} bitstream filter '{}': {}", what, chain_,
                                                      media::error_text(code)));
}

void BitstreamFilter::push(AVPacket* packet) {
  const int code = av_bsf_send_packet(context_.get(), packet);
  if (code < 0) fail("send a packet through", code);
}

bool BitstreamFilter::pull(AVPacket& packet) {
  const int code = av_bsf_receive_packet(context_.get(), &packet);
  if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return false;
  if (code < 0) fail("take a packet from", code);
  return true;
}

}  // namespace latham::encoder
