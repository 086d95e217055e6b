// SPDX-License-Identifier: MIT
// Transcodes whose stages are killed and stopped at random moments, and whose supervisor is killed. LATHAM_STORM_KILLS says how many kills (50),
// LATHAM_STORM_SEED which storm; both are printed, so that one that found something can be had again.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>
#include <thread>

#include "tests/process/clips.h"
#include "tests/process/footprint.h"
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
  unsigned jobs = 0, kills = 0, stops = 0, hangs = 0, supervisors = 0;
};

/// A job and the moments in which it can be struck.
struct Kind {
  const char* clip;
  const char* options;
  unsigned longest_ms;
  std::string quiet = {};  ///< What an undisturbed run makes.
  Footprint most = {};     ///< What its supervisor has open and mapped at most.
};

Words job_to(const Kind& kind, const std::string& output, const char* transport) {
  return transcode(Words{"-y", "-i", clip(kind.clip)} + words(kind.options) +
                   words("-c:v libx264 -preset ultrafast -threads 1 --stage-retries 1000 "
                         "--stage-timeout 3 --transport") +
                   Words{transport, output});
}

/// Without a storm.
void run_quietly(Kind& kind) {
  const Place place;
  Program job(job_to(kind, place.file("quiet.mp4"), "shm"), place.settings());
  (void)job.until([&] {
    kind.most = largest(kind.most, footprint_of(job.pid()));
    return false;
  });
  const Ended end = job.wait();
  ASSERT_EQ(end.code, 0) << end.err;
  kind.quiet = read_file(place.file("quiet.mp4"));
}

/// To one that lives at that moment: death, a pause, or an end of all progress, which only --stage-timeout sees.
void blow(pid_t pid, unsigned longest_ms, Weather& weather, Count& count) {
  const unsigned kind = weather.below(16);
  if (kind == 0) {
    ::kill(pid, SIGSTOP);
    ++count.hangs;
  } else if (kind < 4) {
    ::kill(pid, SIGSTOP);
    std::this_thread::sleep_for(milliseconds(weather.below(longest_ms)));
    ::kill(pid, SIGCONT);
    ++count.stops;
  } else {
    ::kill(pid, SIGKILL);
    ++count.kills;
  }
}

/// Up to three blows, each to a stage, or one at last to the supervisor.
void strike(Program& job, const Kind& kind, Weather& weather, Count& count) {
  constexpr std::size_t kOnTheWay = 16;  // a dying stage and the one that follows it
  for (unsigned blows = 1 + weather.below(3); blows > 0; --blows) {
    std::this_thread::sleep_for(milliseconds(weather.below(kind.longest_ms)));
    const Footprint now = footprint_of(job.pid());
    EXPECT_LE(now.descriptors, kind.most.descriptors + kOnTheWay);
    EXPECT_LE(now.shared_regions, kind.most.shared_regions + kOnTheWay);
    if (weather.below(12) == 0 && job.is_running()) {
      job.signal(SIGKILL);
      ++count.supervisors;
      return;
    }
    if (const auto pid = job.stage(weather.stage())) blow(*pid, kind.longest_ms, weather, count);
  }
}

/// The same command again for as long as its supervisor is killed.
Ended run_in_storm(const Place& place, const Kind& kind, const char* transport, Weather& weather,
                   Count& count) {
  for (;;) {
    Program job(job_to(kind, place.file("out.mp4"), transport), place.settings());
    strike(job, kind, weather, count);
    const Ended end = job.wait();
    EXPECT_TRUE(job.until_alone());
    if (end.signal != SIGKILL || end.hung) return end;
  }
}

TEST(Storm, LeavesTheSameFileAndNothingElse) {
  const unsigned kills =
      setting("LATHAM_STORM_KILLS", setting("LATHAM_FEW_CLIPS", 0) != 0 ? 5 : 50);
  const unsigned seed = setting("LATHAM_STORM_SEED", 1);
  std::cout << "LATHAM_STORM_KILLS=" << kills << " LATHAM_STORM_SEED=" << seed << "\n";
  Weather weather{std::mt19937(seed)};
  Kind kinds[] = {
      {"long", "-vf hflip", 250},
      {"film", "-vf crop=iw/2:ih -c:a aac", 100},
      {"film", "-vf hflip -c:a copy --resumable --segment-seconds 1", 100},
      {"h264", "-vf hflip -c:a aac", 40},
  };
  for (Kind& kind : kinds) ASSERT_NO_FATAL_FAILURE(run_quietly(kind));
  Count count;
  while (count.kills < kills) {
    const Place place;
    // Mostly the short one, whose beginning and end are hit more often.
    const Kind& kind = kinds[std::min(weather.below(7), 3U)];
    const Ended end =
        run_in_storm(place, kind, count.jobs % 2 == 0 ? "shm" : "pipe", weather, count);
    ++count.jobs;
    SCOPED_TRACE(fmt::format("job {}: {} {}", count.jobs, kind.clip, kind.options));
    ASSERT_FALSE(end.hung) << end.err;
    ASSERT_EQ(end.code, 0) << end.err;
    ASSERT_TRUE(read_file(place.file("out.mp4")) == kind.quiet);
    // The place of a killed session is cleared away by the next one.
    const std::string left = place.leftovers();
    ASSERT_TRUE(left == "out.mp4 " || left == "out.mp4 run/latham ") << left;
    ASSERT_FALSE(HasFailure());
  }
  std::cout << count.jobs << " jobs, " << count.kills << " kills, " << count.stops << " stops, "
            << count.hangs << " hangs, " << count.supervisors << " kills of the supervisor\n";
}

}  // namespace
}  // namespace latham::test
