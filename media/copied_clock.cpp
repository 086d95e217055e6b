// SPDX-License-Identifier: MIT
#include "media/copied_clock.h"

#include <string_view>

#include "media/input_context.h"

extern "C" {
#include <libavutil/avstring.h>
}

namespace latham::media {
CopiedClock copied_clock(const AVStream& stream) {
  CopiedClock clock{stream.time_base, stream.time_base, stream.time_base};
  const FormatContext output(checked(avformat_alloc_context()));
  AVStream& copy = *checked(avformat_new_stream(output.get(), nullptr));
  const auto in = [&](const char* container) {
    const AVOutputFormat* format = av_guess_format(container, nullptr, nullptr);
    if (format == nullptr) return stream.time_base;
    const AVRational base = copied_time_base(*format, copy, stream);
    // Half of a clock that the codec does not have.
    return base.num > 0 && base.den > 0 ? base : stream.time_base;
  };
  clock.usual = in("mov");
  clock.in_avi = in("avi");
  clock.at_constant_rate = in("mpeg");
  return clock;
}

AVRational time_base_in(const AVOutputFormat& container, const CopiedClock& clock) {
  if (std::string_view(container.name) == "avi") return clock.in_avi;
  // Those of QuickTime's family count time, whatever their flags say.
  const bool counts_time = (container.flags & AVFMT_VARIABLE_FPS) != 0 ||
                           av_match_name(container.name, "mov,mp4,3gp,3g2,psp,ipod,ismv,f4v") != 0;
  return counts_time ? clock.usual : clock.at_constant_rate;
}

}  // namespace latham::media
