// SPDX-License-Identifier: MIT
#include "viewer/keys.h"

#include <SDL2/SDL_keycode.h>

#include <algorithm>
#include <iterator>

namespace latham::viewer {
namespace {

enum class Held : std::uint8_t { nothing, shift, any, control };  // `any`: with shift or without

struct Binding {
  SDL_Keycode key;
  Held held;
  Action action;
};

// Signs that need shift on one keyboard and not on another come as what the key is called without
// it: both are listed.
constexpr Binding kBindings[] = {
    {SDLK_q, Held::nothing, Action::close},
    {SDLK_ESCAPE, Held::any, Action::close},
    {SDLK_SPACE, Held::any, Action::pause},
    {SDLK_p, Held::nothing, Action::pause},
    {SDLK_f, Held::nothing, Action::fullscreen},
    {SDLK_s, Held::nothing, Action::screenshot},
    {SDLK_s, Held::control, Action::window_screenshot},
    {SDLK_i, Held::any, Action::info},
    {SDLK_QUESTION, Held::any, Action::help},
    {SDLK_SLASH, Held::shift, Action::help},
    {SDLK_PLUS, Held::any, Action::zoom_in},
    {SDLK_EQUALS, Held::any, Action::zoom_in},
    {SDLK_KP_PLUS, Held::any, Action::zoom_in},
    {SDLK_MINUS, Held::any, Action::zoom_out},
    {SDLK_KP_MINUS, Held::any, Action::zoom_out},
    {SDLK_1, Held::any, Action::one_to_one},
    {SDLK_z, Held::nothing, Action::fit},
    {SDLK_e, Held::nothing, Action::pixel_values},
    {SDLK_h, Held::nothing, Action::histogram},
    {SDLK_w, Held::nothing, Action::waveform},
    {SDLK_u, Held::nothing, Action::vectorscope},
    {SDLK_y, Held::any, Action::yes},
    {SDLK_n, Held::any, Action::no},
    {SDLK_c, Held::nothing, Action::compare},
    {SDLK_x, Held::nothing, Action::swap},
    {SDLK_s, Held::shift, Action::stop},
    {SDLK_LEFT, Held::nothing, Action::back_short},
    {SDLK_RIGHT, Held::nothing, Action::forward_short},
    {SDLK_LEFT, Held::shift, Action::back_exact},
    {SDLK_RIGHT, Held::shift, Action::forward_exact},
    {SDLK_DOWN, Held::any, Action::back_long},
    {SDLK_UP, Held::any, Action::forward_long},
    {SDLK_HOME, Held::any, Action::to_start},
    {SDLK_PERIOD, Held::any, Action::step},
    {SDLK_COMMA, Held::any, Action::step_back},
    {SDLK_LEFTBRACKET, Held::nothing, Action::slower},
    {SDLK_RIGHTBRACKET, Held::nothing, Action::faster},
    {SDLK_LEFTBRACKET, Held::shift, Action::half_speed},
    {SDLK_RIGHTBRACKET, Held::shift, Action::double_speed},
    {SDLK_BACKSPACE, Held::any, Action::normal_speed},
    {SDLK_l, Held::shift, Action::loop},
    {SDLK_9, Held::nothing, Action::quieter},
    {SDLK_0, Held::nothing, Action::louder},
    {SDLK_SLASH, Held::nothing, Action::quieter},
    {SDLK_ASTERISK, Held::any, Action::louder},
    {SDLK_KP_MULTIPLY, Held::any, Action::louder},
    {SDLK_KP_DIVIDE, Held::any, Action::quieter},
    {SDLK_m, Held::nothing, Action::mute},
    {SDLK_HASH, Held::any, Action::next_audio},
    {SDLK_3, Held::shift, Action::next_audio},
    {SDLK_j, Held::any, Action::next_subtitles},
    {SDLK_v, Held::nothing, Action::subtitles_shown},
};

constexpr Key kKeys[] = {
    {"q", "close the window; a job goes on", Use::any},
    {"space", "pause, go on", Use::any},
    {"f", "full screen", Use::any},
    {"s", "save the picture as PNG, its values as they are", Use::any},
    {"ctrl+s", "save the window, as it is seen", Use::any},
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
  if ((key.mod & (KMOD_ALT | KMOD_GUI)) != 0) return Action::none;
  const Held held = (key.mod & KMOD_CTRL) != 0    ? Held::control
                    : (key.mod & KMOD_SHIFT) != 0 ? Held::shift
                                                  : Held::nothing;
  const auto* found =
      std::find_if(std::begin(kBindings), std::end(kBindings), [&](const Binding& binding) {
        const bool any = binding.held == Held::any && held != Held::control;
        return binding.key == key.sym && (any || binding.held == held);
      });
  return found == std::end(kBindings) ? Action::none : found->action;
}

}  // namespace latham::viewer
