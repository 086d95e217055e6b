// SPDX-License-Identifier: MIT
#include "decoder/devices.h"

#include "media/late_library.h"

extern "C" {
#include <libavdevice/avdevice.h>
#include <libavutil/macros.h>
}

namespace latham::decoder {

const AVInputFormat* find_input_format(const std::string& name) {
  if (const AVInputFormat* format = av_find_input_format(name.c_str())) return format;
  constexpr char kLibrary[] = "libavdevice.so." AV_STRINGIFY(LIBAVDEVICE_VERSION_MAJOR);
  media::late_function<decltype(avdevice_register_all)>(kLibrary, "avdevice_register_all")();
  return av_find_input_format(name.c_str());
}

}  // namespace latham::decoder
