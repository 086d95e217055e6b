// SPDX-License-Identifier: MIT
#include "viewer/subtitles.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace latham::viewer {
namespace {

Patch patch_of(const media::SubtitlePicture& from, Size canvas) {
  Patch patch;
  patch.at = {from.x, from.y};
  patch.canvas = canvas;
  patch.picture.resize({from.width, from.height});
  std::transform(
      from.pixels.begin(), from.pixels.end(), patch.picture.pixels.begin(),
      [&](std::byte index) { return from.palette[std::to_integer<std::size_t>(index)]; });
  return patch;
}

std::vector<Patch> patches_of(const media::SubtitleEvent& event, Size film) {
  Size canvas{event.canvas_width, event.canvas_height};
  if (canvas.width == 0 || canvas.height == 0) canvas = film;
  // Made for the film before its black bars were cut off.
  const int cut = canvas.width == film.width ? std::max(canvas.height - film.height, 0) : 0;
  canvas.height -= cut;
  std::vector<Patch> patches;
  for (const media::SubtitlePicture& picture : event.pictures) {
    patches.push_back(patch_of(picture, canvas));
    int& y = patches.back().at.y;
    if (cut > 0) y = std::clamp(y - cut / 2, 0, std::max(canvas.height - picture.height, 0));
  }
  return patches;
}

}  // namespace

std::string Subtitles::feed(std::vector<SubtitleNews> news) {
  std::string failure;
  for (SubtitleNews& one : news) {
    try {
      std::visit([this](auto& it) { take(std::move(it)); }, one);
    } catch (const std::exception& error) {
      failure = error.what();
    }
  }
  return failure;
}

void Subtitles::take(const media::SubtitleTrack& track) {
  pictures_.clear();
  drawn_ = nullptr;
  stale_ = true;
  const std::optional<int> stream =
      track.stream < 0 ? std::nullopt : std::optional<int>(track.stream);
  // After a seek: what was said of this stream still holds.
  if (stream == stream_) return;
  stream_.reset();
  is_text_ = !track.header.empty();
  if (is_text_) {
    if (!text_) text_.emplace(table_);
    text_->begin(track.header);
  }
  stream_ = stream;
}

void Subtitles::take(media::SubtitleEvent event) {
  if (!stream_) return;
  if (is_text_)
    text_->add(event);
  else
    pictures_.insert_or_assign(event.start_us, std::move(event));
}

const media::SubtitleEvent* Subtitles::pictures_at(std::int64_t time_us) {
  const auto after = pictures_.upper_bound(time_us);
  if (after == pictures_.begin()) return nullptr;
  const auto now = std::prev(after);
  // Time goes on: only a seek leads back, and brings them again.
  pictures_.erase(pictures_.begin(), now);
  return time_us < now->second.end_us ? &now->second : nullptr;
}

std::optional<std::vector<Patch>> Subtitles::at(std::int64_t time_us, Size canvas, Size film) {
  const bool again = std::exchange(stale_, false);
  const media::SubtitleEvent* now = pictures_at(time_us);
  const bool changed = std::exchange(drawn_, now) != now || again;
  if (shown_ && stream_ && is_text_) return text_->draw(time_us, canvas, film, again);
  if (!changed) return std::nullopt;
  if (!shown_ || now == nullptr) return std::vector<Patch>{};
  return patches_of(*now, film);
}

bool Subtitles::choose_next(std::string& remark) {
  if (tracks_.size() == 0) {
    remark = "no subtitles";
    return false;
  }
  // Of the last wish, which may still be on its way.
  const std::optional<int> last = wanted_ ? wanted_ : stream_;
  const std::optional<int> next = tracks_.after(last == -1 ? std::nullopt : last);
  wanted_ = next.value_or(-1);
  shown_ = true;
  remark = "subtitles: " + (next ? tracks_.text(*next) : std::string("none"));
  return true;
}

std::string Subtitles::toggle_shown() {
  if (tracks_.size() == 0) return "no subtitles";
  shown_ = !shown_;
  stale_ = true;
  if (!stream_) return "subtitles: none chosen";
  return shown_ ? "subtitles shown" : "subtitles hidden";
}

std::string Subtitles::text() const {
  if (tracks_.size() == 0) return "";
  if (!stream_) return "none";
  return tracks_.text(*stream_) + (shown_ ? "" : ", hidden");
}

}  // namespace latham::viewer
