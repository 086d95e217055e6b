// SPDX-License-Identifier: MIT
#include "viewer/screen.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "viewer/pixel_value.h"
#include "viewer/scopes.h"
#include "viewer/screenshot.h"
#include "viewer/title.h"

namespace latham::viewer {
namespace {

using std::chrono::milliseconds;

constexpr double kZoomStep = 1.25;
constexpr milliseconds kBlinkEvery{500};
constexpr milliseconds kRemarkTime{2000};
/// In units of the window, like its text.
constexpr int kGap = 8;
constexpr int kBarHeight = 10;
/// From here on a picture's pixels are worth seeing as such.
constexpr double kPixelScale = 3;

}  // namespace

Screen::Screen(const std::string& title, Use use) : window_(title), use_(use) {}

Size Screen::shape() const {
  const AVFrame& frame = *pair_.output->frame;
  return orientation_of(frame, pair_.output->note)
      .turned(display_size(frame.width, frame.height, frame.sample_aspect_ratio));
}

void Screen::show(const Pair& pair, Words words) {
  pair_ = pair;
  words_ = std::move(words);
  ++serial_;
  if (!window_.is_open()) {
    window_.open(shape());
    text_.emplace(window_);
    if (!text_->is_there())
      complaints_.emplace_back("no font for text in the window: install fonts-dejavu-core");
  }
  (void)window_.take_stale();
  draw();
}

void Screen::set_patches(std::vector<Patch> patches) {
  patches_ = std::move(patches);
  dirty_ = true;
}

Size Screen::picture_size() const {
  if (!pair_.output) return {};
  const Rect whole = viewport_.place(shape(), window_.room()).whole;
  return {whole.width, whole.height};
}

void Screen::say(Words words) {
  const bool same = words.info == words_.info && words.badges == words_.badges &&
                    words.question == words_.question &&
                    words.bar.has_value() == words_.bar.has_value();
  const bool same_bar = !words.bar || !words_.bar || words.bar->seconds == words_.bar->seconds;
  if (!same || !same_bar) dirty_ = true;
  words_ = std::move(words);
}

void Screen::remark(const std::string& text) {
  remark_ = text;
  remark_until_ = Clock::now() + kRemarkTime;
  dirty_ = true;
}

void Screen::refresh() {
  if (!pair_.output) return;
  const auto now = Clock::now();
  if (!remark_.empty() && now > remark_until_) {
    remark_.clear();
    dirty_ = true;
  }
  if (compare_ == Compare::blink && now - blinked_ > kBlinkEvery) {
    blink_ = !blink_;
    blinked_ = now;
    dirty_ = true;
  }
  if (window_.take_stale() || dirty_) draw();
}

bool Screen::shows_source() const {
  if (compare_ == Compare::blink) return blink_;
  return (compare_ == Compare::source) != swapped_;
}

/// Scaled down here, where it is done well and saves work; up by the renderer, from whole pixels.
Size Screen::texture_size() const {
  const Placement at = viewport_.place(shape(), window_.room());
  if (at.scale <= 1) return {at.whole.width, at.whole.height};
  const AVFrame& frame = *pair_.output->frame;
  return orientation_of(frame, pair_.output->note).turned({frame.width, frame.height});
}

void Screen::convert(const Taken& wanted, Converter& converter, Picture& out, std::uint64_t& made) {
  const Size size = texture_size();
  if (made == serial_ && out.size == size) return;
  try {
    converter.convert(*wanted.frame, orientation_of(*wanted.frame, wanted.note), size, out);
  } catch (const std::exception& refused) {
    if (std::find(complaints_.begin(), complaints_.end(), refused.what()) == complaints_.end())
      complaints_.emplace_back(refused.what());
    out.resize(size);
    std::fill(out.pixels.begin(), out.pixels.end(), 0xFF000000U);
  }
  made = serial_;
}

const Picture& Screen::composed() {
  const bool has_source = pair_.source != nullptr;
  if (!has_source || !(needs_both(compare_) || shows_source())) {
    convert(*pair_.output, output_converter_, output_, output_made_);
    return output_;
  }
  convert(*pair_.source, source_converter_, source_, source_made_);
  if (!needs_both(compare_)) return source_;
  convert(*pair_.output, output_converter_, output_, output_made_);
  if (compare_ == Compare::difference) {
    difference(output_, source_, mixed_);
    return mixed_;
  }
  const Rect whole = viewport_.place(shape(), window_.room()).whole;
  const int column = (cursor_.x - whole.x) * output_.size.width / std::max(whole.width, 1);
  if (swapped_)
    split(output_, source_, column, mixed_);
  else
    split(source_, output_, column, mixed_);
  return mixed_;
}

template <class Saver>
void Screen::save_by(Saver&& saver) {
  try {
    remark("saved " + saver());
  } catch (const std::exception& error) {
    remark(error.what());
    complaints_.push_back(fmt::format("screenshot: {}", error.what()));
  }
}

void Screen::draw() {
  dirty_ = false;
  if (!pair_.output) return;
  const Picture& picture = composed();
  const Placement at = viewport_.place(shape(), window_.room());
  window_.clear();
  window_.draw(picture, visible_part(picture.size, at.whole, window_.room()),
               at.scale < kPixelScale);
  draw_patches(at.whole);
  draw_scopes(picture);
  draw_words();
  if (std::exchange(save_window_, false))
    save_by([this] { return viewer::save_window(window_.drawn(), "."); });
  window_.present();
}

void Screen::draw_patches(const Rect& whole) {
  for (const Patch& patch : patches_) {
    const double x = static_cast<double>(whole.width) / std::max(patch.canvas.width, 1);
    const double y = static_cast<double>(whole.height) / std::max(patch.canvas.height, 1);
    window_.blend(patch.picture, {whole.x + static_cast<int>(patch.at.x * x),
                                  whole.y + static_cast<int>(patch.at.y * y),
                                  std::max(static_cast<int>(patch.picture.size.width * x), 1),
                                  std::max(static_cast<int>(patch.picture.size.height * y), 1)});
  }
}

int Screen::pixels(int units) const {
  return static_cast<int>(std::lround(units * window_.density()));
}

void Screen::draw_scopes(const Picture& picture) {
  const int gap = pixels(kGap);
  Point at{window_.room().width - gap, window_.room().height - gap};
  const auto draw_one = [&](bool wanted, void (*measure)(const Picture&, Picture&)) {
    if (!wanted) return;
    measure(picture, scope_);
    const Size size{pixels(scope_.size.width), pixels(scope_.size.height)};
    window_.draw(scope_, Rect{at.x - size.width, at.y - size.height, size.width, size.height});
    at.x -= size.width + gap;
  };
  draw_one(histogram_, histogram);
  draw_one(waveform_, waveform);
  draw_one(vectorscope_, vectorscope);
}

std::vector<std::string> Screen::pixel_lines(const Picture& picture) const {
  const Rect whole = viewport_.place(shape(), window_.room()).whole;
  const Taken& shown = shows_source() && pair_.source ? *pair_.source : *pair_.output;
  const AVFrame& frame = *shown.frame;
  const Orientation orientation = orientation_of(frame, shown.note);
  const Size upright = orientation.turned({frame.width, frame.height});
  const auto in = [&](int cursor, int start, int length, int pixels) {
    return cursor < start || length <= 0
               ? -1
               : static_cast<int>(std::int64_t{cursor - start} * pixels / length);
  };
  const Point seen{in(cursor_.x, whole.x, whole.width, upright.width),
                   in(cursor_.y, whole.y, whole.height, upright.height)};
  if (seen.x < 0 || seen.y < 0 || seen.x >= upright.width || seen.y >= upright.height) return {};
  const Point at = orientation.source_of(seen, {frame.width, frame.height});
  const std::uint32_t rgb =
      picture.at(std::min(seen.x * picture.size.width / upright.width, picture.size.width - 1),
                 std::min(seen.y * picture.size.height / upright.height, picture.size.height - 1));
  return {fmt::format("{},{}  {}", at.x, at.y, code_values(frame, at)),
          fmt::format("RGB {} {} {}", rgb >> 16 & 0xFF, rgb >> 8 & 0xFF, rgb & 0xFF)};
}

void Screen::draw_words() {
  const Size room = window_.room();
  const int gap = pixels(kGap);
  const int bar = pixels(kBarHeight);
  int y = gap;
  if (info_ && !words_.info.empty()) text_->panel(words_.info, {gap, gap});
  std::vector<std::string> badges = words_.badges;
  if (compare_ != Compare::output || swapped_) {
    std::string mode(word(compare_));
    if (swapped_) mode += ", swapped";
    if (compare_ == Compare::blink) mode += blink_ ? ": source" : ": output";
    if (!pair_.source)
      mode += ": no source to compare with";
    else if (!pair_.matched)
      mode += ": not the same moment";
    badges.push_back(mode);
  }
  const Taken& shown = shows_source() && pair_.source ? *pair_.source : *pair_.output;
  if (colour_of(*shown.frame).is_hdr()) badges.emplace_back("HDR, tone-mapped");
  for (const std::string& badge : badges) {
    const std::vector<std::string> lines = {badge};
    const Size size = text_->panel_size(lines);
    text_->panel(lines, {room.width - size.width - gap, y});
    y += size.height + gap;
  }
  const bool asking = !words_.question.empty();
  if (asking || !remark_.empty()) {
    const std::vector<std::string> lines = {asking ? words_.question : remark_};
    const Size size = text_->panel_size(lines);
    text_->panel(lines, {gap, room.height - size.height - gap - (words_.bar ? 3 * bar : 0)});
  }
  if (pixel_values_) {
    if (const auto lines = pixel_lines(compare_ == Compare::difference ? mixed_ : composed());
        !lines.empty()) {
      const Size size = text_->panel_size(lines);
      text_->panel(lines,
                   {std::clamp(cursor_.x + 2 * gap, 0, std::max(room.width - size.width, 0)),
                    std::clamp(cursor_.y + 2 * gap, 0, std::max(room.height - size.height, 0))});
    }
  }
  if (words_.bar) draw_bar(*words_.bar);
  if (help_) {
    const std::vector<std::string> lines = help_lines(use_);
    const Size size = text_->panel_size(lines);
    text_->panel(lines, {std::max((room.width - size.width) / 2, 0),
                         std::max((room.height - size.height) / 2, 0)});
  }
}

void Screen::draw_bar(const Bar& shown) {
  const Size room = window_.room();
  const int gap = pixels(kGap);
  const int bar = pixels(kBarHeight);
  const std::vector<std::string> lines = {
      fmt::format("{} / {}", clock_text(shown.seconds), clock_text(shown.duration))};
  const Size size = text_->panel_size(lines);
  text_->panel(lines, {gap, room.height - size.height - bar - gap});
  const double done = shown.duration > 0 ? std::clamp(shown.seconds / shown.duration, 0.0, 1.0) : 0;
  window_.fill({0, room.height - bar, room.width, bar}, 0xB0000000);
  window_.fill({0, room.height - bar, static_cast<int>(room.width * done), bar}, 0xE0D0D0D0);
}

std::optional<double> Screen::on_bar(Point at) const {
  const Size room = window_.room();
  if (!words_.bar || at.y < room.height - 2 * pixels(kBarHeight) || room.width <= 0)
    return std::nullopt;
  return std::clamp(static_cast<double>(at.x) / room.width, 0.0, 1.0);
}

bool Screen::obey(const Event& event) {
  if (!pair_.output) return false;
  if (event.kind == Event::Kind::press) return false;
  if (event.kind == Event::Kind::move || event.kind == Event::Kind::drag) {
    cursor_ = event.at;
    if (event.kind == Event::Kind::drag) viewport_.pan(event.dx, event.dy, shape(), window_.room());
    dirty_ =
        dirty_ || event.kind == Event::Kind::drag || pixel_values_ || compare_ == Compare::split;
    return true;
  }
  if (event.kind == Event::Kind::wheel) {
    viewport_.zoom(event.dy > 0 ? kZoomStep : 1 / kZoomStep, event.at, shape(), window_.room());
    dirty_ = true;
    return true;
  }
  switch (event.action) {
    case Action::fullscreen:
      window_.toggle_fullscreen();
      break;
    case Action::screenshot:
      save();
      break;
    case Action::window_screenshot:
      save_window_ = true;
      break;
    case Action::info:
      info_ = !info_;
      break;
    case Action::help:
      help_ = !help_;
      break;
    case Action::zoom_in:
      viewport_.zoom(kZoomStep, cursor_, shape(), window_.room());
      break;
    case Action::zoom_out:
      viewport_.zoom(1 / kZoomStep, cursor_, shape(), window_.room());
      break;
    case Action::one_to_one:
      viewport_.one_to_one(shape(), window_.room());
      break;
    case Action::fit:
      viewport_.fit();
      break;
    case Action::pixel_values:
      pixel_values_ = !pixel_values_;
      break;
    case Action::histogram:
      histogram_ = !histogram_;
      break;
    case Action::waveform:
      waveform_ = !waveform_;
      break;
    case Action::vectorscope:
      vectorscope_ = !vectorscope_;
      break;
    case Action::compare:
      if (use_ != Use::job) return false;
      compare_ = next(compare_);
      break;
    case Action::swap:
      if (use_ != Use::job) return false;
      swapped_ = !swapped_;
      break;
    default:
      return false;
  }
  dirty_ = true;
  return true;
}

void Screen::save() {
  save_by([this] { return save_screenshot(*pair_.output, pair_.source.get(), "."); });
}

}  // namespace latham::viewer
