// SPDX-License-Identifier: MIT
// Linked into the viewer of AddressSanitizer builds. Leaks are looked for when a program ends, and are told by the
// names of the libraries that are loaded then: what SDL has unloaded by that time has none, and could be passed
// over only together with our own.
#include <dlfcn.h>

extern "C" int dlclose(void* /*library*/) noexcept {
  return 0;
}
