// SPDX-License-Identifier: MIT
// Transcodes whose stages are killed and stopped at random moments. LATHAM_STORM_KILLS says how many kills (50),
// LATHAM_STORM_SEED which storm; both are printed, so that one that found something can be had again.
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>
#include <thread>

#include "tests/process/clips.h"
#include "tests/process/place.h"
#include "tests/process/run.h"

namespace latham::test {
namespace {

using std::chrono::milliseconds;

unsigned setting(const char* name, unsigned otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? static_cast<unsigned>(std::strtoul(text, nullptr, 10)) : otherwise;
}

struct Weather {
  std::mt19937 random;
  unsigned below(unsigned n) { return static_cast<unsigned>(random() % n); }
  const char* stage() {
    constexpr const char* kStages[] = {"decoder", "filter", "encoder"};
    return kStages[below(3)];
  }
};

struct Count {
  unsigned jobs = 0, kills = 0, stops = 0;
};

/// A job and the moments in which it can be struck.
struct Kind {
  const char* clip;
  unsigned longest_ms;
  std::string quiet;  ///< What an undisturbed run makes.
};

Words job_to(const Kind& kind, const std::string& output, const char* transport) {
  return transcode(
      Words{"-i", clip(kind.clip)} +
      words(
          "-vf hflip -c:v libx264 -preset ultrafast -threads 1 --stage-retries 1000 --transport") +
      Words{transport, output});
}

/// Up to three blows, each to a stage that lives at that moment.
void strike(Program& job, unsigned longest_ms, Weather& weather, Count& count) {
  for (unsigned blows = 1 + weather.below(3); blows > 0; --blows) {
    std::this_thread::sleep_for(milliseconds(weather.below(longest_ms)));
    const auto pid = job.stage(weather.stage());
    if (!pid) continue;
    if (weather.below(4) == 0) {
      ::kill(*pid, SIGSTOP);
      std::this_thread::sleep_for(milliseconds(weather.below(longest_ms)));
      ::kill(*pid, SIGCONT);
      ++count.stops;
    } else {
      ::kill(*pid, SIGKILL);
      ++count.kills;
    }
  }
}

TEST(Storm, LeavesTheSameFileAndNothingElse) {
  const unsigned kills =
      setting("LATHAM_STORM_KILLS", setting("LATHAM_FEW_CLIPS", 0) != 0 ? 5 : 50);
  const unsigned seed = setting("LATHAM_STORM_SEED", 1);
  std::cout << "LATHAM_STORM_KILLS=" << kills << " LATHAM_STORM_SEED=" << seed << "\n";
  Weather weather{std::mt19937(seed)};
  // Mostly short ones, whose beginnings and ends are hit more often.
  Kind kinds[] = {{"long", 250, ""}, {"h264", 40, ""}};
  for (Kind& kind : kinds) {
    const Place place;
    ASSERT_EQ(run(job_to(kind, place.file("quiet.mp4"), "shm")).code, 0);
    kind.quiet = read_file(place.file("quiet.mp4"));
  }
  Count count;
  while (count.kills < kills) {
    const Place place;
    const Kind& kind = kinds[weather.below(5) == 0 ? 0 : 1];
    Program job(job_to(kind, place.file("out.mp4"), count.jobs % 2 == 0 ? "shm" : "pipe"),
                place.settings());
    strike(job, kind.longest_ms, weather, count);
    const Ended end = job.wait();
    ++count.jobs;
    ASSERT_FALSE(end.hung) << "job " << count.jobs << "\n" << end.err;
    ASSERT_EQ(end.code, 0) << "job " << count.jobs << "\n" << end.err;
    ASSERT_TRUE(read_file(place.file("out.mp4")) == kind.quiet) << "job " << count.jobs;
    ASSERT_EQ(place.leftovers(), "out.mp4 ");
    ASSERT_TRUE(job.family().empty());
  }
  std::cout << count.jobs << " jobs, " << count.kills << " kills, " << count.stops << " stops\n";
}

}  // namespace
}  // namespace latham::test
