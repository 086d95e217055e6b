// SPDX-License-Identifier: MIT
#include "encoder/needs.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "media/filter_access.h"

namespace latham::encoder {
namespace {

/// Parts of option names of x264, x265, SVT-AV1 and FFmpeg whose values are files.
constexpr std::array<std::string_view, 9> kFileWords = {
    "file", "stats", "csv", "recon", "dump", "pass", "analysis", "scaling-list", "log"};

bool names_files(const std::string& text) {
  return std::any_of(kFileWords.begin(), kFileWords.end(),
                     [&](std::string_view word) { return text.find(word) != std::string::npos; });
}

/// profile:v is a file word by accident.
bool is_profile(const std::string& name) {
  return name.find("profile") != std::string::npos;
}

}  // namespace

sandbox::Access needs(const Options& options) {
  sandbox::Access access;
  if (options.target() == Options::Target::self) {
    access.network = options.name.find("://") != std::string::npos;
    access.local_sockets = options.is_local_socket();
    access.read_files = access.write_files = true;
  }
  // Statistics, which some encoders open themselves.
  if (!options.streams.all("pass").empty()) access.read_files = access.write_files = true;
  for (const auto& [name, value] : options.avoptions) {
    const bool is_list = name.ends_with("-params") || name.ends_with("opts");
    if (value.starts_with('/') || (names_files(name) && !is_profile(name)) ||
        (is_list && names_files(value)))
      access.read_files = access.write_files = true;
  }
  for (const auto& [specifier, name] : options.streams.all("c")) {
    const AVCodec* codec = avcodec_find_encoder_by_name(name.c_str());
    if (codec != nullptr &&
        (codec->capabilities & (AV_CODEC_CAP_HARDWARE | AV_CODEC_CAP_HYBRID)) != 0)
      access.devices = true;
  }
  // Filters of pictures run elsewhere.
  for (const auto& [specifier, graph] : options.streams.all("filter"))
    if (specifier.starts_with('a')) access = media::operator|(access, media::filter_access(graph));
  return access;
}

}  // namespace latham::encoder
