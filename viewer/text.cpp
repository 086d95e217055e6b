// SPDX-License-Identifier: MIT
#include "viewer/text.h"

#include <algorithm>
#include <array>

namespace latham::viewer {
namespace {

/// Of Debian's fonts-dejavu-core, and where other systems keep the same font.
constexpr std::array kFonts = {"/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf",
                               "/usr/share/fonts/dejavu-sans-mono-fonts/DejaVuSansMono.ttf",
                               "/usr/share/fonts/TTF/DejaVuSansMono.ttf",
                               "/usr/share/fonts/dejavu/DejaVuSansMono.ttf"};
constexpr double kPoints = 13;
constexpr int kMargin = 8;
constexpr std::uint32_t kGround = 0xB0000000;
constexpr SDL_Color kInk{240, 240, 240, 255};
/// Numbers change all the time; what was drawn long ago is forgotten.
constexpr std::size_t kMostLines = 128;

}  // namespace

struct Text::Line {
  SDL_Texture* texture = nullptr;
  Size size;
  Line() = default;
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;
  ~Line() {
    if (texture != nullptr) SDL_DestroyTexture(texture);
  }
};

Text::Text(Window& window) : window_(window) {
  if (TTF_Init() != 0) return;
  const int points = static_cast<int>(kPoints * window.density() + 0.5);
  for (const char* path : kFonts) {
    font_ = TTF_OpenFont(path, points);
    if (font_ != nullptr) break;
  }
  if (font_ == nullptr) return;
  TTF_SetFontHinting(font_, TTF_HINTING_LIGHT);
  line_height_ = TTF_FontLineSkip(font_);
}

Text::~Text() {
  lines_.clear();
  if (font_ != nullptr) TTF_CloseFont(font_);
  if (TTF_WasInit() != 0) TTF_Quit();
}

const Text::Line& Text::line(const std::string& text) {
  if (lines_.size() > kMostLines) lines_.clear();
  auto& line = lines_[text];
  if (line) return *line;
  line = std::make_unique<Line>();
  if (text.empty()) return *line;
  SDL_Surface* surface = TTF_RenderUTF8_Blended(font_, text.c_str(), kInk);
  if (surface == nullptr) return *line;
  line->texture = SDL_CreateTextureFromSurface(&window_.renderer(), surface);
  line->size = {surface->w, surface->h};
  SDL_FreeSurface(surface);
  return *line;
}

Size Text::size(std::span<const std::string> lines) {
  Size all{0, line_height_ * static_cast<int>(lines.size())};
  if (!is_there()) return all;
  for (const std::string& text : lines) {
    int width = 0;
    TTF_SizeUTF8(font_, text.c_str(), &width, nullptr);
    all.width = std::max(all.width, width);
  }
  return all;
}

Size Text::panel_size(std::span<const std::string> lines) {
  const Size inner = size(lines);
  return {inner.width + 2 * kMargin, inner.height + kMargin};
}

void Text::panel(std::span<const std::string> lines, Point at) {
  if (!is_there() || lines.empty()) return;
  const Size outer = panel_size(lines);
  window_.fill({at.x, at.y, outer.width, outer.height}, kGround);
  int y = at.y + kMargin / 2;
  for (const std::string& text : lines) {
    const Line& drawn = line(text);
    if (drawn.texture != nullptr)
      window_.draw(*drawn.texture, {at.x + kMargin, y, drawn.size.width, drawn.size.height});
    y += line_height_;
  }
}

}  // namespace latham::viewer
