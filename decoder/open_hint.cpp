// SPDX-License-Identifier: MIT
#include "decoder/open_hint.h"

#include <array>
#include <string_view>

#include "media/av.h"

namespace latham::decoder {
namespace {

struct Hint {
  std::string_view said;
  std::string_view remedy;
};
constexpr std::array kBySaying = {
    Hint{"moov atom not found",
         "the file was cut off or never finished, its index (moov) is missing; copy or record it "
         "anew"},
    Hint{"Unsafe file name", "-safe 0 before -i allows it"},
};

std::string_view remedy_for(int code) {
  switch (code) {
    case AVERROR_INVALIDDATA:
      return "; not a media file that FFmpeg knows, or damaged; try -f FORMAT";
    case AVERROR_PROTOCOL_NOT_FOUND:
      return "; for a file whose name has a colon write file:NAME";
    case AVERROR_EOF:
      return "; the file is empty or cut short";
    case AVERROR(EPERM):
      return "; the decoder's sandbox lets it read the files that it is given, and write none";
    default:
      return "";
  }
}

}  // namespace

std::string why_not_opened(int code, const std::string& said) {
  for (const Hint& hint : kBySaying)
    if (said.find(hint.said) != std::string::npos) return said + "; " + std::string(hint.remedy);
  if (kind_of_refusal(said) == FailureKind::usage || (code == AVERROR(EINVAL) && !said.empty()))
    return said;
  return media::error_text(code) + std::string(remedy_for(code));
}

FailureKind kind_of_refusal(const std::string& said) {
  return said.find("Error setting option") != std::string::npos ? FailureKind::usage
                                                                : FailureKind::input;
}

}  // namespace latham::decoder
