// SPDX-License-Identifier: MIT
// What is heard of a film, sample by sample: SDL's disk driver writes what other drivers would play.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/process/windowed.h"

namespace latham {
namespace {

using test::Program;
using test::operator+;
using test::Words;
using test::words;

constexpr double kRate = 48000;
constexpr std::size_t kFrameBytes = 2 * sizeof(float);
/// So many zeros in a row are no part of a tone.
constexpr std::size_t kPause = 16;

struct Heard {
  double seconds = 0;  ///< Without silence.
  double loudest = 0;
  double hz = 0;
};

/// Of the left channel from that byte of the file on.
Heard heard_in(const std::string& bytes, std::size_t from) {
  std::vector<float> tone;
  std::size_t zeros = 0;
  for (std::size_t at = from; at + kFrameBytes <= bytes.size(); at += kFrameBytes) {
    float sample = 0;
    std::memcpy(&sample, bytes.data() + at, sizeof(sample));
    zeros = sample == 0 ? zeros + 1 : 0;
    tone.push_back(sample);
    if (zeros == kPause) tone.resize(tone.size() - kPause);
    if (zeros > kPause) tone.pop_back();
  }
  Heard heard;
  std::size_t rises = 0;
  for (std::size_t i = 0; i < tone.size(); ++i) {
    heard.loudest = std::max(heard.loudest, static_cast<double>(std::fabs(tone[i])));
    if (i > 0 && tone[i - 1] < 0 && tone[i] >= 0) ++rises;
  }
  heard.seconds = static_cast<double>(tone.size()) / kRate;
  if (!tone.empty()) heard.hz = static_cast<double>(rises) / heard.seconds;
  return heard;
}

class Sound : public test::Windowed {
 protected:
  void SetUp() override {
    Windowed::SetUp();
    if (IsSkipped()) return;
    ::setenv("SDL_AUDIODRIVER", "disk", 1);
    ::setenv("SDL_DISKAUDIOFILE", device_.c_str(), 1);
  }
  void TearDown() override {
    ::unsetenv("SDL_DISKAUDIOFILE");
    Windowed::TearDown();
  }

  /// Eight tenths of a second of one tone, or of two in tracks of their own.
  [[nodiscard]] std::string film(bool two_tracks = false) const {
    std::string options = "-f lavfi -i sine=440:r=48000:d=0.8 ";
    if (two_tracks) options += "-f lavfi -i sine=880:r=48000:d=0.8 -map 0 -map 1 -map 2 ";
    return make("film.mkv", "color=s=320x240:r=25:d=0.8",
                options + "-c:v libx264 -preset ultrafast -c:a flac");
  }

  /// The device has taken so much more that nothing of before is on its way.
  void settle(Program& player) const {
    const std::size_t before = written();
    ASSERT_TRUE(player.until([&] { return written() > before + 65536; })) << player.err();
  }
  void start(Program& player) const {
    ASSERT_TRUE(player.until([&] { return !display_->title().empty(); })) << player.err();
    display_->key("space");
    ASSERT_TRUE(player.until([&] { return says("[paused]"); })) << player.err();
  }
  /// All of the film from its beginning, after these keys; it is paused before and afterwards.
  [[nodiscard]] Heard hear(Program& player, const std::string& keys) const {
    display_->key(keys + " Home");  // what is queued was made before
    settle(player);
    const std::size_t from = written() / kFrameBytes * kFrameBytes;
    display_->key("space");
    EXPECT_TRUE(player.until([&] { return says("[ended]"); })) << player.err();
    settle(player);
    const Heard heard = heard_in(test::read_file(device_), from);
    display_->key("Home space");
    EXPECT_TRUE(player.until([&] { return says("[paused]"); })) << player.err();
    return heard;
  }

  /// Bytes that the device has taken.
  [[nodiscard]] std::size_t written() const {
    std::error_code none;
    const auto size = std::filesystem::file_size(device_, none);
    return none ? 0 : static_cast<std::size_t>(size);
  }

  std::string device_ = dir_.file("heard.raw");
};

constexpr double kSeconds = 0.8;
/// What the resamplers hold back at the end, in seconds.
constexpr double kTail = 0.1;

TEST_F(Sound, LastsAsLongAsTheSpeedSaysAndKeepsItsPitch) {
  Program player(latham("view") + Words{film()});
  start(player);
  const Heard plain = hear(player, "");
  EXPECT_NEAR(plain.seconds, kSeconds, kTail);
  EXPECT_NEAR(plain.hz, 440, 9);
  const Heard twice = hear(player, "braceright");
  EXPECT_NEAR(twice.seconds, kSeconds / 2, kTail);
  EXPECT_NEAR(twice.hz, 440, 22);
  const Heard half = hear(player, "BackSpace braceleft");
  EXPECT_NEAR(half.seconds, 2 * kSeconds, 2 * kTail);
  EXPECT_NEAR(half.hz, 440, 22);
}

TEST_F(Sound, IsAsLoudAsTheVolumeSaysAndNotThereWhenMute) {
  Program player(latham("view") + Words{film()});
  start(player);
  const double full = hear(player, "").loudest;
  EXPECT_NEAR(full, 0.125 / std::sqrt(2), 0.002);  // ffmpeg's sine, spread over two loudspeakers
  const Heard half = hear(player, "9 9 9 9 9 9 9 9 9 9");
  EXPECT_NEAR(half.loudest, full / 2, 0.002);
  EXPECT_NEAR(half.seconds, kSeconds, kTail);
  const Heard mute = hear(player, "m");
  EXPECT_EQ(mute.loudest, 0);
  EXPECT_EQ(mute.seconds, 0);
  EXPECT_NEAR(hear(player, "m 0 0 0 0 0 0 0 0 0 0 0 0").loudest, full * 1.1, 0.002);
}

TEST_F(Sound, IsThatOfTheTrackChosen) {
  Program player(latham("view") + Words{film(true)});
  start(player);
  EXPECT_NEAR(hear(player, "").hz, 440, 9);
  EXPECT_NEAR(hear(player, "numbersign").hz, 880, 18);
  EXPECT_NEAR(hear(player, "numbersign").hz, 440, 9);
}

TEST_F(Sound, IsThatOfThePictureAlsoAfterASeek) {
  // Frame N has the grey N; the tone lasts as long as the pictures.
  const std::string film = make("numbers.mkv", "nullsrc=s=320x240:r=25:d=8,format=gray,geq=lum=N",
                                "-f lavfi -i sine=440:r=48000:d=8 -c:v ffv1 -g 25 -c:a flac");
  const auto frame = [&] { return display_->pixel(460, 384)[1]; };
  Program player(latham("view") + Words{film});
  std::size_t from = 0;
  for (const int first : {0, 100}) {
    ASSERT_TRUE(player.until([&] { return frame() >= first + 35; })) << player.err();
    display_->key("space");
    ASSERT_TRUE(player.until([&] { return says("[paused]"); })) << player.err();
    settle(player);
    // The device's buffers and a busy machine take their part of it.
    EXPECT_NEAR(heard_in(test::read_file(device_), from).seconds, (frame() - first + 1) / 25.0,
                0.3);
    from = written() / kFrameBytes * kFrameBytes;
    if (first == 0) {
      display_->mouse("mousemove 512 500 click 1");  // on the bar, half way
      ASSERT_TRUE(player.until([&] { return std::abs(frame() - 100) <= 1; })) << frame();
      display_->key("space");
    }
  }
  display_->key("q");
  EXPECT_EQ(player.wait().code, 0);
}

}  // namespace
}  // namespace latham
