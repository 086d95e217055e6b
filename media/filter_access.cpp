// SPDX-License-Identifier: MIT
#include "media/filter_access.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <vector>

#include "media/av.h"

extern "C" {
#include <libavfilter/avfilter.h>
#include <libavutil/opt.h>
}

namespace latham::media {
namespace {

using sandbox::Access;

/// Filters that load plug-ins or models by names that do not look like files.
constexpr std::array<std::string_view, 11> kReaders = {
    "frei0r", "frei0r_src", "ladspa",           "lv2",   "find_rect", "cover_rect",
    "ocr",    "sofalizer",  "vidstabtransform", "movie", "amovie"};
/// Filters that write what they found where an option says so.
constexpr std::array<std::string_view, 14> kWriters = {
    "metadata", "ametadata", "psnr",          "ssim",    "msad",      "identity",     "vif",
    "xpsnr",    "libvmaf",   "vidstabdetect", "deshake", "signature", "firequalizer", "ssim360"};
constexpr std::array<std::string_view, 2> kRemoteControls = {"zmq", "azmq"};
/// Part of the names of filters that work on a graphics processor.
constexpr std::array<std::string_view, 8> kHardware = {"hwupload", "hwmap", "opencl", "vulkan",
                                                       "vaapi",    "cuda",  "qsv",    "libplacebo"};

template <class Names>
bool is_one_of(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Every word of a graph that could be a filter's name; a name of an option or a label that happens to be
/// one costs nothing but a wider sandbox.
std::vector<std::string> words(const std::string& graph) {
  std::vector<std::string> found;
  std::string word;
  for (const char c : graph + " ") {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_') {
      word += c;
    } else if (!word.empty()) {
      found.push_back(std::move(word));
      word.clear();
    }
  }
  return found;
}

/// fontfile, textfile, filename, file, stats_file: a name that ffmpeg's filters give to what they open.
bool has_file_option(const AVFilter& filter) {
  if (filter.priv_class == nullptr) return false;
  const AVClass* options = filter.priv_class;
  for (const AVOption* o = nullptr; (o = av_opt_next(&options, o)) != nullptr;)
    if (o->type == AV_OPT_TYPE_STRING &&
        std::string_view(o->name).find("file") != std::string::npos)
      return true;
  return false;
}

}  // namespace

Access operator|(const Access& a, const Access& b) {
  return {a.read_files || b.read_files, a.write_files || b.write_files, a.network || b.network,
          a.local_sockets || b.local_sockets, a.devices || b.devices};
}

Access filter_access(const std::string& graph) {
  Access access;
  // FFmpeg's spelling for "the value of this option lies in a file".
  access.read_files =
      graph.find(":/") != std::string::npos || graph.find("=/") != std::string::npos;
  for (const std::string& word : words(graph)) {
    const AVFilter* filter = avfilter_get_by_name(word.c_str());
    if (filter == nullptr) continue;
    if (is_one_of(kWriters, word)) access.write_files = true;
    if (is_one_of(kReaders, word) || has_file_option(*filter)) access.read_files = true;
    if (is_one_of(kRemoteControls, word)) access.network = true;
    access.devices = access.devices ||
                     std::any_of(kHardware.begin(), kHardware.end(), [&](std::string_view part) {
                       return word.find(part) != std::string::npos;
                     });
  }
  return access;
}

}  // namespace latham::media
