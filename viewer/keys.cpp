// SPDX-License-Identifier: MIT
#include "viewer/keys.h"

#include <SDL2/SDL_keycode.h>

#include <algorithm>
#include <iterator>

namespace latham::viewer {
namespace {

struct Binding {
  SDL_Keycode key;
  int shift;  ///< 1 with, 0 without, -1 either.
  Action action;
};

// Signs that need shift on one keyboard and not on another come as what the key is called without
// it: both are listed.
constexpr Binding kBindings[] = {
    {SDLK_q, 0, Action::close},
    {SDLK_ESCAPE, -1, Action::close},
    {SDLK_SPACE, -1, Action::pause},
    {SDLK_p, 0, Action::pause},
    {SDLK_f, 0, Action::fullscreen},
    {SDLK_s, 0, Action::screenshot},
    {SDLK_i, -1, Action::info},
    {SDLK_QUESTION, -1, Action::help},
    {SDLK_SLASH, 1, Action::help},
    {SDLK_PLUS, -1, Action::zoom_in},
    {SDLK_EQUALS, -1, Action::zoom_in},
    {SDLK_KP_PLUS, -1, Action::zoom_in},
    {SDLK_MINUS, -1, Action::zoom_out},
    {SDLK_KP_MINUS, -1, Action::zoom_out},
    {SDLK_1, -1, Action::one_to_one},
    {SDLK_z, 0, Action::fit},
    {SDLK_e, 0, Action::pixel_values},
    {SDLK_h, 0, Action::histogram},
    {SDLK_w, 0, Action::waveform},
    {SDLK_u, 0, Action::vectorscope},
    {SDLK_y, -1, Action::yes},
    {SDLK_n, -1, Action::no},
    {SDLK_c, 0, Action::compare},
    {SDLK_x, 0, Action::swap},
    {SDLK_s, 1, Action::stop},
    {SDLK_LEFT, 0, Action::back_short},
    {SDLK_RIGHT, 0, Action::forward_short},
    {SDLK_LEFT, 1, Action::back_exact},
    {SDLK_RIGHT, 1, Action::forward_exact},
    {SDLK_DOWN, -1, Action::back_long},
    {SDLK_UP, -1, Action::forward_long},
    {SDLK_HOME, -1, Action::to_start},
    {SDLK_PERIOD, -1, Action::step},
    {SDLK_COMMA, -1, Action::step_back},
    {SDLK_LEFTBRACKET, 0, Action::slower},
    {SDLK_RIGHTBRACKET, 0, Action::faster},
    {SDLK_LEFTBRACKET, 1, Action::half_speed},
    {SDLK_RIGHTBRACKET, 1, Action::double_speed},
    {SDLK_BACKSPACE, -1, Action::normal_speed},
    {SDLK_l, 1, Action::loop},
    {SDLK_9, 0, Action::quieter},
    {SDLK_0, 0, Action::louder},
    {SDLK_SLASH, 0, Action::quieter},
    {SDLK_ASTERISK, -1, Action::louder},
    {SDLK_KP_MULTIPLY, -1, Action::louder},
    {SDLK_KP_DIVIDE, -1, Action::quieter},
    {SDLK_m, 0, Action::mute},
    {SDLK_HASH, -1, Action::next_audio},
    {SDLK_3, 1, Action::next_audio},
    {SDLK_j, -1, Action::next_subtitles},
    {SDLK_v, 0, Action::subtitles_shown},
};

constexpr Key kKeys[] = {
    {"q", "close the window; a job goes on", Use::any},
    {"space", "pause, go on", Use::any},
    {"f", "full screen", Use::any},
    {"s", "save the picture as PNG", Use::any},
    {"i", "what is known about it", Use::any},
    {"+ - wheel", "zoom at the cursor; drag to move", Use::any},
    {"1  z", "one to one; fit", Use::any},
    {"e", "values of the pixel under the cursor", Use::any},
    {"h w u", "histogram, waveform, vectorscope", Use::any},
    {"c", "compare: output, source, split, difference, blink", Use::job},
    {"x", "swap source and output", Use::job},
    {"S", "stop the job and finish its file; asks first", Use::job},
    {"left right", "5 s back, on; with shift 1 s, exactly", Use::file},
    {"down up", "1 min back, on", Use::file},
    {"home", "to the start", Use::file},
    {". ,", "one frame on, back", Use::file},
    {"[ ] { }", "slower, faster; half, double", Use::file},
    {"backspace", "normal speed", Use::file},
    {"L", "start again at the end", Use::file},
    {"9 0 m", "quieter, louder, mute", Use::file},
    {"# j v", "sound track, subtitles, show them", Use::file},
};

}  // namespace

std::span<const Key> keys() {
  return kKeys;
}

std::int64_t jump_of(Action action) {
  constexpr std::int64_t kSecond = 1'000'000;
  switch (action) {
    case Action::back_short:
      return -5 * kSecond;
    case Action::forward_short:
      return 5 * kSecond;
    case Action::back_exact:
      return -kSecond;
    case Action::forward_exact:
      return kSecond;
    case Action::back_long:
      return -60 * kSecond;
    case Action::forward_long:
      return 60 * kSecond;
    default:
      return 0;
  }
}

Action action_of(const SDL_Keysym& key) {
  if ((key.mod & (KMOD_CTRL | KMOD_ALT | KMOD_GUI)) != 0) return Action::none;
  const int shift = (key.mod & KMOD_SHIFT) != 0 ? 1 : 0;
  const auto* found =
      std::find_if(std::begin(kBindings), std::end(kBindings), [&](const Binding& binding) {
        return binding.key == key.sym && (binding.shift < 0 || binding.shift == shift);
      });
  return found == std::end(kBindings) ? Action::none : found->action;
}

}  // namespace latham::viewer
