// SPDX-License-Identifier: MIT
// A file that kills its decoder at one packet, each time: the job ends with that place, or goes on behind it.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/process/clips.h"
#include "tests/process/place.h"
#include "tests/process/run.h"
#include "tests/process/trapped.h"

namespace latham::test {
namespace {

using Json = nlohmann::json;

/// A packet of pictures of the film, in the order of the file.
struct FilmPacket {
  std::int64_t byte = 0;
  std::int64_t bytes = 0;
  double time_s = 0;
};

FilmPacket film_packet(std::size_t number) {
  const Ended probe = run(words("ffprobe -v error -select_streams v:0 -show_packets -of json") +
                          Words{clip("film")});
  const Json packet = Json::parse(probe.out).at("packets").at(number - 1);
  return {std::stoll(packet.at("pos").get<std::string>()),
          std::stoll(packet.at("size").get<std::string>()),
          std::stod(packet.at("pts_time").get<std::string>())};
}

Words film_to(const std::string& output) {
  return Words{"-i", clip("film")} +
         words("-c:v libx264 -preset ultrafast -threads 1 -fps_mode passthrough -c:a copy") +
         Words{output};
}

int frames_of(const std::string& file) {
  const Ended probe = run(words("ffprobe -v error -count_frames -select_streams v:0 -show_entries "
                                "stream=nb_read_frames -of csv=p=0") +
                          Words{file});
  return std::stoi(probe.out);
}

class PacketThatKills : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
#ifdef LATHAM_SANITIZED
    GTEST_SKIP() << "a sanitizer's runtime does not let another library before it";
#endif
  }
  Ended transcode_film(const Trapped& trapped, const char* options) {
    Program job(trapped.transcode(words(options) + Words{"--transport", GetParam()} +
                                  film_to(place_.file("out.mp4"))),
                place_.settings());
    return job.wait();
  }
  Place place_;
};

TEST_P(PacketThatKills, ASecondTimeEndsTheJobAndIsNamed) {
  const FilmPacket packet = film_packet(60);
  const Trapped trapped({TrapKind::crash, 9, 0, 0, packet.byte, 0});
  const Ended end = transcode_film(trapped, "--stage-retries 5");
  EXPECT_EQ(end.code, 6) << end.err;
  EXPECT_EQ(trapped.sprung(), 2U) << end.err;
  EXPECT_EQ(occurrences(end.err, "second time at that place of the input: packet"), 1) << end.err;
  EXPECT_EQ(occurrences(end.err, fmt::format("(stream 0, {:.3f} s, bytes {} to {})", packet.time_s,
                                             packet.byte, packet.byte + packet.bytes)),
            1)
      << end.err;
  EXPECT_EQ(place_.leftovers(), "");
}

TEST_P(PacketThatKills, IsLeftOutWhereThatWasAskedFor) {
  const FilmPacket packet = film_packet(60);
  const Trapped trapped({TrapKind::crash, 9, 0, 0, packet.byte, 0});
  const Ended end = transcode_film(trapped, "--skip-bad --verify");
  EXPECT_EQ(end.code, 0) << end.err;
  EXPECT_EQ(trapped.sprung(), 2U) << end.err;
  EXPECT_EQ(
      occurrences(end.err, fmt::format("{:.3f} s, bytes {} to {}), of which its decoder died",
                                       packet.time_s, packet.byte, packet.byte + packet.bytes)),
      1)
      << end.err;
  EXPECT_EQ(frames_of(place_.file("out.mp4")), 199) << end.err;
  EXPECT_EQ(place_.leftovers(), "out.mp4 ");
}

TEST_P(PacketThatKills, MayHang) {
  const FilmPacket packet = film_packet(60);
  const Trapped trapped({TrapKind::hang, 9, 0, 0, packet.byte, 0});
  const Ended end = transcode_film(trapped, "--skip-bad --stage-timeout 4");
  EXPECT_EQ(end.code, 0) << end.err;
  EXPECT_EQ(trapped.sprung(), 2U) << end.err;
  EXPECT_EQ(frames_of(place_.file("out.mp4")), 199) << end.err;
}

TEST_P(PacketThatKills, OnlyOnceIsNotLeftOut) {
  const FilmPacket packet = film_packet(60);
  const Trapped trapped({TrapKind::crash, 1, 0, 0, packet.byte, 0});
  const Ended end = transcode_film(trapped, "--skip-bad");
  EXPECT_EQ(end.code, 0) << end.err;
  EXPECT_EQ(occurrences(end.err, "of which its decoder died"), 0) << end.err;
  EXPECT_EQ(frames_of(place_.file("out.mp4")), 200) << end.err;
}

TEST_P(PacketThatKills, IsInTheJsonSummary) {
  const FilmPacket packet = film_packet(60);
  const Trapped trapped({TrapKind::crash, 9, 0, 0, packet.byte, 0});
  const Ended end = transcode_film(trapped, "--skip-bad --log-format json");
  ASSERT_EQ(end.code, 0) << end.err << end.out;
  const std::string last = end.out.substr(end.out.rfind('\n', end.out.size() - 2) + 1);
  const Json skipped = Json::parse(last).at("skipped");
  ASSERT_EQ(skipped.size(), 1U);
  EXPECT_EQ(skipped[0].at("byte"), packet.byte);
  EXPECT_EQ(skipped[0].at("bytes"), packet.bytes);
  EXPECT_EQ(skipped[0].at("input"), clip("film"));
}

INSTANTIATE_TEST_SUITE_P(Over, PacketThatKills, testing::Values("shm", "pipe"),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace latham::test
