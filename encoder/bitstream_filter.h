// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "media/av.h"

extern "C" {
#include <libavcodec/bsf.h>
}

namespace latham::encoder {

/// -bsf: a chain of FFmpeg's bitstream filters over the packets of one output stream.
class BitstreamFilter {
 public:
  /// Takes the stream's parameters and time base and sets what they become. Throws StageFailure(usage) for
  /// a chain that does not parse or does not take this codec.
  BitstreamFilter(const std::string& chain, AVStream& stream);

  /// One packet in, moved from; nullptr: the end.
  void push(AVPacket* packet);
  /// One packet out; false where it wants more first. Throws StageFailure(failed).
  [[nodiscard]] bool pull(AVPacket& packet);

 private:
  [[noreturn]] void fail(const std::string& what, int code) const;

  struct Free {
    void operator()(AVBSFContext* p) const noexcept { av_bsf_free(&p); }
  };
  std::string chain_;
  std::unique_ptr<AVBSFContext, Free> context_;
};

}  // namespace latham::encoder
