// SPDX-License-Identifier: MIT
#include "tests/process/clips.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string_view>

#include "tests/process/run.h"

namespace latham::test {
namespace {

namespace fs = std::filesystem;

struct Recipe {
  std::string_view name;
  std::string_view extension;
  std::string_view options;
};

// {v}: one second of testsrc2 in 320x180, {s}: as long a tone, {subtitles}: a file of them.
constexpr std::array kRecipes = {
    Recipe{"h264", "mp4",
           "{v} {s} -c:v libx264 -preset veryfast -bf 2 -g 12 -pix_fmt yuv420p -c:a aac"},
    Recipe{"reordered", "mkv", "{v} {s} -c:v libx264 -preset veryfast -pix_fmt yuv420p -c:a aac"},
    Recipe{"h264_10bit", "mkv", "{v} -c:v libx264 -preset ultrafast -pix_fmt yuv420p10le"},
    Recipe{"mpeg4", "avi", "{v} {s} -c:v mpeg4 -bf 2 -q:v 4 -c:a mp2"},
    Recipe{"interlaced", "ts",
           "{v} {s} -vf interlace -c:v mpeg2video -q:v 4 -flags +ildct+ilme -c:a mp2"},
    Recipe{"broadcast", "ts",
           "{v} {s} -c:v libx264 -preset veryfast -g 50 -pix_fmt yuv420p -c:a mp2"},
    Recipe{"deep", "mkv", "{v} {s} -c:v ffv1 -pix_fmt yuv422p10le -c:a flac"},
    Recipe{"gray", "mkv", "{v} -c:v ffv1 -pix_fmt gray"},
    Recipe{"alpha", "mkv", "{v} -c:v ffv1 -pix_fmt yuva420p"},
    Recipe{"rgb", "mkv", "{v} -c:v png -pix_fmt rgb24"},
    Recipe{"palette", "gif", "{v} -vf fps=10"},
    Recipe{"raw", "y4m", "{v} -pix_fmt yuv420p"},
    Recipe{"odd", "mkv", "{v} -vf scale=161:121 -c:v ffv1 -pix_fmt yuv420p"},
    Recipe{"narrow", "mkv", "{v} -vf scale=2:178 -c:v ffv1 -pix_fmt yuv444p"},
    Recipe{"anamorphic", "mkv", "{v} -vf setsar=4/3 -c:v mpeg4 -q:v 4"},
    Recipe{"vfr", "mp4",
           "{v} -vf select='not(eq(mod(n\\,5)\\,2))' -fps_mode vfr -c:v libx264 -preset ultrafast "
           "-pix_fmt yuv420p"},
    Recipe{
        "subtitled", "mkv",
        "{v} {s} -i {subtitles} -c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac -c:s srt"},
    Recipe{"tagged", "mkv",
           "{v} {s} -c:v mpeg4 -q:v 4 -c:a mp2 -metadata title=Film -metadata:s:v title=Picture "
           "-metadata:s:v encoder=Old -metadata:s:a language=deu -metadata:s:a title=Sound"},
    Recipe{"timecode", "mov", "{v} -c:v mpeg4 -q:v 4 -timecode 01:02:03:04"},
    Recipe{"hdr10", "mkv",
           "-f lavfi -i testsrc2=size=128x96:rate=25:duration=0.4 -pix_fmt yuv420p10le "
           "-color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc -c:v libx265 "
           "-x265-params "
           "log-level=error:master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)"
           "L(10000000,50):max-cll=1000,400"},
    Recipe{"tiny", "mkv", "-f lavfi -i testsrc2=size=64x48:rate=25:duration=1 -c:v mpeg4 -g 1"},
    Recipe{"long", "mkv",
           "-f lavfi -i testsrc2=size=640x360:rate=25:duration=20 -c:v mpeg4 -q:v 6 -g 5"},
    Recipe{"film", "mkv",
           "-f lavfi -i testsrc2=size=160x90:rate=25:duration=8 "
           "-f lavfi -i sine=frequency=440:duration=8 "
           "-c:v libx264 -preset veryfast -bf 2 -g 25 -pix_fmt yuv420p -c:a aac"},
};

constexpr std::string_view kVideo = "-f lavfi -i testsrc2=size=320x180:rate=25:duration=1";
constexpr std::string_view kSound = "-f lavfi -i sine=frequency=440:duration=1";
constexpr std::string_view kSubtitles =
    "1\n00:00:00,100 --> 00:00:00,400\nFirst\n\n2\n00:00:00,500 --> 00:00:00,900\nSecond\n\n";

void replace_all(std::string& text, std::string_view what, const std::string& with) {
  for (std::size_t at = text.find(what); at != std::string::npos;
       at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
}

/// Another recipe, another file: FNV-1a of it is part of the name.
std::uint32_t hash(std::string_view text) {
  std::uint32_t value = 2166136261U;
  for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 16777619U;
  return value;
}

/// Makes `path` as a whole: tests run side by side and may want the same clip at once.
template <class Make>
void make_whole(const fs::path& path, const Make& make) {
  if (fs::exists(path)) return;
  fs::create_directories(path.parent_path());
  const fs::path mine =
      path.parent_path() / fmt::format("{}-{}", ::getpid(), path.filename().string());
  make(mine.string());
  // Another test may have been first, and may already count on its file's time of change.
  std::error_code taken;
  fs::create_hard_link(mine, path, taken);
  fs::remove(mine);
  if (taken && !fs::exists(path)) throw fs::filesystem_error("keep a clip", path, taken);
}

void ffmpeg(const Words& options, const std::string& to) {
  const Ended end = run(words("ffmpeg -nostdin -v error -y") + options +
                        words("-shortest -bitexact") + Words{to});
  if (end.code == 0) return;
  fs::remove(to);
  throw std::runtime_error("ffmpeg could not make a clip: " + end.err);
}

/// A display matrix is asked for in two ways: by an input option from FFmpeg 6, by a tag before.
void make_rotated(const std::string& to) {
  const Words from = {"-i", clip("h264"), "-c", "copy"};
  try {
    ffmpeg(words("-display_rotation 90") + from, to);
  } catch (const std::runtime_error&) {
    ffmpeg(from + words("-metadata:s:v:0 rotate=90"), to);
  }
}

void write(const std::string& to, std::string_view text) {
  std::FILE* file = std::fopen(to.c_str(), "we");
  if (file == nullptr) throw std::runtime_error("cannot write " + to);
  std::fwrite(text.data(), 1, text.size(), file);
  std::fclose(file);
}

}  // namespace

std::string clip(const std::string& name) {
  const fs::path folder = fs::path(test_folder()) / "clips";
  if (name == "rotated") {
    const fs::path path = folder / "rotated.mp4";
    make_whole(path, make_rotated);
    return path;
  }
  const auto* recipe = std::find_if(kRecipes.begin(), kRecipes.end(),
                                    [&](const Recipe& r) { return r.name == name; });
  if (recipe == kRecipes.end()) throw std::runtime_error("no recipe for a clip '" + name + "'");
  const fs::path subtitles = folder / "subtitles.srt";
  make_whole(subtitles, [](const std::string& to) { write(to, kSubtitles); });

  std::string options(recipe->options);
  replace_all(options, "{v}", std::string(kVideo));
  replace_all(options, "{s}", std::string(kSound));
  const std::uint32_t number = hash(options);
  replace_all(options, "{subtitles}", subtitles);
  const fs::path path = folder / fmt::format("{}-{:08x}.{}", name, number, recipe->extension);
  make_whole(path, [&](const std::string& to) { ffmpeg(words(options), to); });
  return path;
}

const std::vector<std::string>& picture_clips() {
  static const std::vector<std::string> names = {
      "h264", "h264_10bit", "mpeg4", "interlaced", "deep",       "gray", "alpha",  "rgb",
      "raw",  "palette",    "odd",   "narrow",     "anamorphic", "vfr",  "rotated"};
  return names;
}

}  // namespace latham::test
