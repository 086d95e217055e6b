// SPDX-License-Identifier: MIT
#include "viewer/subtitle_text.h"

#include <ass/ass.h>
#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace latham::viewer {
namespace {

constexpr std::int64_t kMs = 1000;
/// Of a line that does not say.
constexpr std::int64_t kUsualUs = 5'000'000;
/// Far into a picture the letters need no more pixels than these.
constexpr Size kLargestCanvas{4096, 4096};

std::string tag(const media::StreamEntry& stream, std::string_view name) {
  for (const auto& [key, value] : stream.tags)
    if (key == name) return value;
  return "";
}

bool is_font(const media::StreamEntry& stream) {
  const AVCodecParameters& par = *stream.parameters;
  return par.codec_type == AVMEDIA_TYPE_ATTACHMENT && par.extradata_size > 0 &&
         (par.codec_id == AV_CODEC_ID_TTF || par.codec_id == AV_CODEC_ID_OTF ||
          tag(stream, "mimetype").find("font") != std::string::npos);
}

void be_silent(int /*level*/, const char* /*format*/, va_list /*arguments*/, void* /*data*/) {}

/// One pixel over another, both with alpha that is not yet in their colours.
std::uint32_t over(std::uint32_t top, std::uint32_t below) {
  const std::uint32_t alpha = top >> 24;
  if (alpha == 255 || below >> 24 == 0) return top;
  const std::uint32_t rest = (below >> 24) * (255 - alpha) / 255;
  const std::uint32_t all = alpha + rest;
  if (all == 0) return 0;
  const auto mixed = [&](int shift) {
    const std::uint32_t colour =
        ((top >> shift & 0xFF) * alpha + (below >> shift & 0xFF) * rest) / all;
    return std::min(colour, 255U) << shift;
  };
  return all << 24 | mixed(16) | mixed(8) | mixed(0);
}

Rect bounds(const ASS_Image* images, Size canvas) {
  int left = canvas.width;
  int top = canvas.height;
  int right = 0;
  int bottom = 0;
  for (const ASS_Image* image = images; image != nullptr; image = image->next) {
    left = std::min(left, image->dst_x);
    top = std::min(top, image->dst_y);
    right = std::max(right, image->dst_x + image->w);
    bottom = std::max(bottom, image->dst_y + image->h);
  }
  left = std::max(left, 0);
  top = std::max(top, 0);
  return {left, top, std::min(right, canvas.width) - left, std::min(bottom, canvas.height) - top};
}

void lay(const ASS_Image& image, const Rect& on, Picture& picture) {
  // libass counts transparency.
  const std::uint32_t opacity = 255 - (image.color & 0xFF);
  const std::uint32_t colour = image.color >> 8;
  const int first = std::max(on.x - image.dst_x, 0);
  const int last = std::min(on.x + on.width - image.dst_x, image.w);
  for (int y = 0; y < image.h; ++y) {
    const int row = image.dst_y + y - on.y;
    if (row < 0 || row >= on.height) continue;
    const unsigned char* const coverage = image.bitmap + std::ptrdiff_t{image.stride} * y;
    for (int x = first; x < last; ++x) {
      const std::uint32_t alpha = coverage[x] * opacity / 255;
      if (alpha == 0) continue;
      std::uint32_t& pixel = picture.at(image.dst_x + x - on.x, row);
      pixel = over(alpha << 24 | colour, pixel);
    }
  }
}

}  // namespace

void SubtitleText::Free::operator()(ass_library* p) const noexcept {
  ass_library_done(p);
}
void SubtitleText::Free::operator()(ass_renderer* p) const noexcept {
  ass_renderer_done(p);
}
void SubtitleText::Free::operator()(ass_track* p) const noexcept {
  ass_free_track(p);
}

SubtitleText::SubtitleText(const media::StreamTable& table) : library_(ass_library_init()) {
  if (!library_) throw std::runtime_error("show subtitles: libass does not start");
  ass_set_message_cb(library_.get(), be_silent, nullptr);
  ass_set_extract_fonts(library_.get(), 1);
  for (const media::StreamEntry& stream : table.streams) {
    if (!is_font(stream)) continue;
    const AVCodecParameters& par = *stream.parameters;
    ass_add_font(library_.get(), tag(stream, "filename").c_str(),
                 reinterpret_cast<const char*>(par.extradata), par.extradata_size);
  }
  renderer_.reset(ass_renderer_init(library_.get()));
  if (!renderer_) throw std::runtime_error("show subtitles: libass does not start");
  ass_set_fonts(renderer_.get(), nullptr, "sans-serif", ASS_FONTPROVIDER_AUTODETECT, nullptr, 1);
}

void SubtitleText::begin(const std::string& header) {
  known_.clear();
  track_.reset(media::checked(ass_new_track(library_.get())));
  std::string copy = header;  // not const, for no reason
  ass_process_codec_private(track_.get(), copy.data(), static_cast<int>(copy.size()));
  // By a number that begins anew with each seek.
  ass_set_check_readorder(track_.get(), 0);
}

void SubtitleText::add(const media::SubtitleEvent& event) {
  if (!track_) return;
  const std::int64_t lasts =
      event.end_us == media::kNoEnd ? kUsualUs : event.end_us - event.start_us;
  for (std::string line : event.lines) {
    const std::size_t comma = line.find(',');
    if (comma == std::string::npos || lasts <= 0) continue;
    if (!known_.insert(fmt::format("{} {} {}", event.start_us, lasts, line.substr(comma))).second)
      continue;
    ass_process_chunk(track_.get(), line.data(), static_cast<int>(line.size()),
                      event.start_us / kMs, lasts / kMs);
  }
}

std::optional<std::vector<Patch>> SubtitleText::draw(std::int64_t time_us, Size canvas, Size film,
                                                     bool again) {
  if (!track_ || canvas.width <= 0 || canvas.height <= 0) return std::nullopt;
  canvas = fit(canvas, kLargestCanvas);
  ass_set_frame_size(renderer_.get(), canvas.width, canvas.height);
  ass_set_storage_size(renderer_.get(), film.width, film.height);
  ass_set_pixel_aspect(renderer_.get(), 1);
  int change = 0;
  const ASS_Image* images = ass_render_frame(renderer_.get(), track_.get(), time_us / kMs, &change);
  if (change == 0 && !again) return std::nullopt;
  const Rect box = bounds(images, canvas);
  if (box.width <= 0 || box.height <= 0) return std::vector<Patch>{};
  std::vector<Patch> patches(1);
  patches[0].at = {box.x, box.y};
  patches[0].canvas = canvas;
  patches[0].picture.resize({box.width, box.height});
  for (const ASS_Image* image = images; image != nullptr; image = image->next)
    lay(*image, box, patches[0].picture);
  return patches;
}

}  // namespace latham::viewer
