// SPDX-License-Identifier: MIT
#include "media/late_library.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <link.h>

#include <stdexcept>
#include <string_view>

namespace latham::media {

void* late_symbol(const char* library, const char* name) {
  void* handle = ::dlopen(library, RTLD_LAZY | RTLD_LOCAL);
  void* symbol = handle == nullptr ? nullptr : ::dlsym(handle, name);
  if (symbol == nullptr) throw std::runtime_error(fmt::format("load {}: {}", library, ::dlerror()));
  return symbol;
}

std::string folder_of_loaded(const char* library) {
  void* handle = ::dlopen(library, RTLD_LAZY | RTLD_NOLOAD);
  if (handle == nullptr) return {};
  link_map* map = nullptr;
  std::string folder;
  if (::dlinfo(handle, RTLD_DI_LINKMAP, &map) == 0) {
    const std::string_view path = map->l_name;
    folder = path.substr(0, path.rfind('/'));
  }
  ::dlclose(handle);
  return folder;
}

}  // namespace latham::media
