// SPDX-License-Identifier: MIT
#include "decoder/needs.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "decoder/devices.h"
#include "media/filter_access.h"

namespace latham::decoder {
namespace {

using sandbox::Access;

/// Formats whose files name other files, and the endings of such files.
constexpr std::array<std::string_view, 8> kPlaylists = {
    "hls", "dash", "concat", "imf", "sdp", "avisynth", "vapoursynth", "webm_dash_manifest"};
constexpr std::array<std::string_view, 9> kPlaylistEndings = {
    ".m3u8", ".m3u", ".mpd", ".ffconcat", ".concat", ".sdp", ".avs", ".vpy", ".mpls"};
constexpr std::array<std::string_view, 3> kLocal = {"file", "pipe", "data"};
/// Protocols that lead to another one, or to a file.
constexpr std::array<std::string_view, 6> kLeadOn = {"async",   "cache",  "concat",
                                                     "concatf", "crypto", "subfile"};

template <class Names>
bool is_one_of(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_playlist(const SourceOptions& source) {
  return is_one_of(kPlaylists, source.format) ||
         std::any_of(kPlaylistEndings.begin(), kPlaylistEndings.end(),
                     [&](std::string_view ending) { return source.name.ends_with(ending); });
}

bool is_device(const AVInputFormat* input) {
  if (input == nullptr || input->priv_class == nullptr) return false;
  const AVClassCategory category = input->priv_class->category;
  return category == AV_CLASS_CATEGORY_DEVICE_VIDEO_INPUT ||
         category == AV_CLASS_CATEGORY_DEVICE_AUDIO_INPUT ||
         category == AV_CLASS_CATEGORY_DEVICE_INPUT;
}

}  // namespace

Access needs(const SourceOptions& source, bool has_file) {
  // Devices' library must be loaded out here.
  const AVInputFormat* format = source.format.empty() ? nullptr : find_input_format(source.format);
  Access access;
  if (is_playlist(source)) access.read_files = true;
  if (has_file) return access;
  if (source.format == "lavfi") return media::filter_access(source.name);
  if (is_device(format)) {
    access.devices = true;
    return access;
  }
  // As FFmpeg will see it: "" for a plain name, such as that of numbered images.
  const char* protocol = avio_find_protocol_name(source.name.c_str());
  if (protocol != nullptr && std::string_view(protocol) == "unix") {
    access.local_sockets = true;
    return access;
  }
  const bool leads_on = protocol != nullptr && is_one_of(kLeadOn, protocol);
  const bool local = protocol != nullptr && is_one_of(kLocal, protocol);
  access.network = leads_on ? source.name.find("://") != std::string::npos : !local;
  access.read_files = access.read_files || leads_on || local;
  return access;
}

}  // namespace latham::decoder
