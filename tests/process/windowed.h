// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "tests/process/display.h"
#include "tests/process/run.h"
#include "tests/process/trickle.h"
#include "tests/unit/supervisor/temp_dir.h"

namespace latham::test {

/// A test of what opens windows: a screen, a folder, and a runtime directory of its own, in which no
/// session is but its own.
class Windowed : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(std::filesystem::path(latham_program()).parent_path() /
                                 "latham-viewer"))
      GTEST_SKIP() << "built without SDL2: no viewer";
    display_ = Display::start();
    if (!display_) GTEST_SKIP() << "no Xvfb or xdotool here: install xvfb and xdotool";
    ::setenv("XDG_RUNTIME_DIR", runtime_.path().c_str(), 1);
    ::setenv("SDL_AUDIODRIVER", "dummy", 1);
  }
  void TearDown() override {
    ::unsetenv("XDG_RUNTIME_DIR");
    ::unsetenv("SDL_AUDIODRIVER");
  }

  /// `latham ARGS`
  [[nodiscard]] static Words latham(std::string_view args) {
    return Words{latham_program()} + words(args);
  }
  /// The window's title says so.
  [[nodiscard]] bool says(std::string_view what) const {
    return display_->title().find(what) != std::string::npos;
  }
  /// What ffmpeg makes of a lavfi source by these options.
  [[nodiscard]] std::string make(const std::string& name, const std::string& source,
                                 std::string_view options) const {
    const std::string path = dir_.file(name);
    const Ended made = run(words("ffmpeg -nostdin -v error -y -f lavfi -i") + Words{source} +
                           words(options) + Words{path});
    EXPECT_EQ(made.code, 0) << made.err;
    return path;
  }
  /// A real clip, or "" where the folder of them is not here.
  [[nodiscard]] static std::string real_clip(const std::string& name) {
    const char* folder = std::getenv("LATHAM_MEDIA");
    const auto path = std::filesystem::path(folder != nullptr ? folder : LATHAM_MEDIA) / name;
    return std::filesystem::exists(path) ? path.string() : "";
  }
  /// Video without loss.
  [[nodiscard]] std::string clip(const std::string& source) const {
    return make("clip.mkv", source, "-c:v ffv1 -pix_fmt yuv420p");
  }

  /// A job that never ends by itself; gray unless the filter says otherwise.
  [[nodiscard]] Words endless(const std::string& filter = "null") const {
    return transcode(words("--view -loglevel error -stream_loop -1 -i") +
                     Words{clip("color=c=gray:s=320x240:r=25:d=1"), "-vf", filter} +
                     words("-c:v ffv1 -f null -"));
  }
  /// The same of any source, without a window of its own, by this filter.
  [[nodiscard]] Words unseen(const std::string& source = "color=s=64x64:d=1",
                             const std::string& filter = "null") const {
    return transcode(words("-loglevel error -stream_loop -1 -i") +
                     Words{clip(source), "-vf", filter} + words("-c:v ffv1 -f null -"));
  }
  /// `program` with the test's folder as the current one, where screenshots go.
  [[nodiscard]] Words here(const Words& program) const {
    return Words{"sh", "-c", "cd \"$0\" && exec \"$@\"", dir_.path()} + program;
  }
  /// Twenty seconds for a job whose output is a hash; it ends once its input is released.
  [[nodiscard]] std::string film() const {
    return make("film.mkv", "testsrc2=s=320x180:r=25:d=20", "-c:v mpeg4 -q:v 6");
  }
  [[nodiscard]] static Words hashed(const std::string& input, const Words& view = {}) {
    return transcode(view + words("-loglevel error -i") + Words{input} +
                     words("-vf hflip -c:v ffv1 -f md5 -"));
  }

  TempDir dir_;
  TempDir runtime_;
  std::unique_ptr<Display> display_;
};

}  // namespace latham::test
