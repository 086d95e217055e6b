// SPDX-License-Identifier: MIT
#include "supervisor/environment.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace latham::supervisor {
namespace {

/// A name that ends in '*' stands for all that begin so.
constexpr std::array<std::string_view, 25> kKept = {"LANG",       "LANGUAGE",     "LC_*",
                                                    "TZ",         "HOME",         "USER",
                                                    "PATH",       "TMPDIR",       "LD_LIBRARY_PATH",
                                                    "XDG_*",      "FONTCONFIG_*", "AV_LOG_*",
                                                    "SVT_*",      "FREI0R_PATH",  "LADSPA_PATH",
                                                    "LV2_PATH",   "DISPLAY",      "XAUTHORITY",
                                                    "http_proxy", "https_proxy",  "no_proxy",
                                                    "SSL_CERT_*", "LATHAM_*",     "OMP_*",
                                                    "MALLOC_*"};
/// Of builds with sanitizers or coverage.
constexpr std::array<std::string_view, 6> kTools = {
    "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS", "LLVM_PROFILE_FILE", "GCOV_*"};

template <class Names>
bool is_one_of(const Names& names, std::string_view name) {
  return std::any_of(names.begin(), names.end(), [&](std::string_view known) {
    return known.ends_with('*') ? name.starts_with(known.substr(0, known.size() - 1))
                                : name == known;
  });
}

}  // namespace

std::vector<std::string> kept_environment() {
  std::vector<std::string> all = whole_environment();
  std::erase_if(all, [](const std::string& setting) {
    const std::string_view name = std::string_view(setting).substr(0, setting.find('='));
    return !is_one_of(kKept, name) && !is_one_of(kTools, name);
  });
  return all;
}

std::vector<std::string> whole_environment() {
  std::vector<std::string> all;
  for (char** setting = environ; *setting != nullptr; ++setting) all.emplace_back(*setting);
  return all;
}

}  // namespace latham::supervisor
