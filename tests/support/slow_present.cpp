// SPDX-License-Identifier: MIT
// Loaded with LD_PRELOAD: a display that takes a tenth of a second for each picture. A byte for each goes to the
// file LATHAM_TEST_PRESENTS.
#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>

extern "C" void SDL_RenderPresent(void* renderer) {
  using Present = void(void*);
  static auto* const real = reinterpret_cast<Present*>(::dlsym(RTLD_NEXT, "SDL_RenderPresent"));
  static const int fd =
      ::open(std::getenv("LATHAM_TEST_PRESENTS"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  (void)!::write(fd, "P", 1);
  ::usleep(100'000);
  real(renderer);
}
