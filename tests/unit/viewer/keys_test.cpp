// SPDX-License-Identifier: MIT
#include "viewer/keys.h"

#include <SDL2/SDL_keycode.h>
#include <gtest/gtest.h>

namespace latham::viewer {
namespace {

Action press(SDL_Keycode key, int mod = KMOD_NONE) {
  SDL_Keysym sym{};
  sym.sym = key;
  sym.mod = static_cast<Uint16>(mod);
  return action_of(sym);
}

TEST(Keys, LettersDoWhatTheHelpSays) {
  EXPECT_EQ(press(SDLK_q), Action::close);
  EXPECT_EQ(press(SDLK_ESCAPE), Action::close);
  EXPECT_EQ(press(SDLK_SPACE), Action::pause);
  EXPECT_EQ(press(SDLK_f), Action::fullscreen);
  EXPECT_EQ(press(SDLK_i), Action::info);
}

TEST(Keys, ShiftTellsStopFromScreenshot) {
  EXPECT_EQ(press(SDLK_s), Action::screenshot);
  EXPECT_EQ(press(SDLK_s, KMOD_LSHIFT), Action::stop);
}

TEST(Keys, SignsAreFoundWhereverTheKeyboardHasThem) {
  EXPECT_EQ(press(SDLK_QUESTION), Action::help);
  EXPECT_EQ(press(SDLK_SLASH, KMOD_LSHIFT), Action::help);
  EXPECT_EQ(press(SDLK_PLUS), Action::zoom_in);
  EXPECT_EQ(press(SDLK_EQUALS, KMOD_LSHIFT), Action::zoom_in);
}

TEST(Keys, ControlTellsTheWindowFromItsFrames) {
  EXPECT_EQ(press(SDLK_s, KMOD_RCTRL), Action::window_screenshot);
}

TEST(Keys, ChordsBelongToTheDesktop) {
  EXPECT_EQ(press(SDLK_q, KMOD_LCTRL), Action::none);
  EXPECT_EQ(press(SDLK_SPACE, KMOD_LCTRL), Action::none);
  EXPECT_EQ(press(SDLK_s, KMOD_LALT), Action::none);
}

}  // namespace
}  // namespace latham::viewer
