// SPDX-License-Identifier: MIT
// Viewers that come to a running job, and what they must never do to it.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <regex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "control/link_socket.h"
#include "supervisor/session_socket.h"
#include "tests/process/windowed.h"

namespace latham {
namespace {

using test::Ended;
using test::Program;
using test::transcode;
using test::operator+;
using test::Words;
using test::words;

class Sessions : public test::Windowed {
 protected:
  /// Waits until `latham ls` says so; false where the job ended first.
  static bool is_listed_as(Program& job, const std::string& state) {
    return job.until(
        [&] { return test::run(latham("ls")).out.find("  " + state + " ") != std::string::npos; });
  }
};

constexpr std::chrono::milliseconds kPatience{2000};

TEST_F(Sessions, AreListedWhileTheyRunAndLeaveNothing) {
  EXPECT_EQ(test::run(latham("ls")).out, "no session is running\n");
  {
    Program job(unseen());
    EXPECT_TRUE(job.until([&] {
      const std::string listed = test::run(latham("ls")).out;
      return listed.find(fmt::format("{}  running ", job.pid())) != std::string::npos &&
             listed.find("clip.mkv -> -") != std::string::npos;
    }));
    job.signal(SIGINT);
    job.wait();
  }
  EXPECT_TRUE(std::filesystem::is_empty(runtime_.path()));
}

TEST_F(Sessions, ViewWithoutASessionSaysHowToStartOne) {
  const Ended ended = test::run(latham("view"));
  EXPECT_EQ(ended.code, 3);
  EXPECT_EQ(ended.err, "latham: view: no session is running; start one with `latham transcode`\n");
  EXPECT_EQ(test::run(latham("view 4711")).code, 3);
}

TEST_F(Sessions, ViewWithoutADisplaySaysSo) {
  Program job(unseen());
  display_.reset();
  Ended ended;
  EXPECT_TRUE(job.until([&] {
    ended = test::run(latham("view"));
    return ended.err.find("there is no display; set DISPLAY or WAYLAND_DISPLAY\n") !=
           std::string::npos;
  })) << ended.err;
  EXPECT_EQ(ended.code, 1);
  EXPECT_TRUE(job.is_running());
}

/// What the session says when it is asked.
control::Message facts_of(pid_t session) {
  for (const supervisor::FoundSession& found : supervisor::find_sessions(session)) {
    control::send_link(found.connection.get(), {"status", {}, {}});
    if (const auto answer = supervisor::next_message(found.connection.get(), kPatience))
      return answer->message;
  }
  return {};
}

TEST_F(Sessions, SayHowTheJobStandsAndTheWindowShowsIt) {
  // Sound that begins 300 ms after the pictures.
  const std::string late =
      make("late.mkv", "color=black:s=640x480:r=25:d=20",
           "-itsoffset 0.3 -f lavfi -i sine=440:d=19 -c:v ffv1 -pix_fmt yuv420p -c:a flac");
  test::Trickle trickle(late);
  Program job(transcode(words("-loglevel error -i") + Words{trickle.path()} +
                        words("-map 0 -vf hflip -c:v ffv1 -c:a aac -f null -")));
  control::Message facts;
  ASSERT_TRUE(job.until([&] {
    facts = facts_of(job.pid());
    return facts.number("sound_offset_us") && !facts.get("fps").empty() &&
           !facts.get("load").empty();
  })) << job.err()
      << control::format(facts);
  EXPECT_EQ(facts.get("state"), "running");
  EXPECT_GE(std::stod(facts.get("fps")), 0);
  const auto is = [&](const char* field, const char* form) {
    return std::regex_match(facts.get(field), std::regex(form));
  };
  EXPECT_TRUE(is("load", "decoder:[0-9]+,filter:[0-9]+,encoder:[0-9]+")) << facts.get("load");
  EXPECT_TRUE(is("queued", "decoder:[0-9]+,filter:[0-9]+")) << facts.get("queued");
  EXPECT_NEAR(static_cast<double>(facts.number("sound_offset_us").value()), 300'000, 1000);

  Program viewer(latham("view"));
  ASSERT_TRUE(viewer.until([&] { return !display_->title().empty(); })) << viewer.err();
  display_->key("i");
  // Lines of text over black: time, format, colour, frames, viewer, job, load, queued, A/V.
  const auto lines = [&] {
    int count = 0;
    bool in_one = false;
    for (int y = 0; y < 480; ++y) {
      const bool bright = display_->bright((test::Display::kWidth - 640) / 2,
                                           (test::Display::kHeight - 480) / 2 + y, 120, 1) > 0;
      count += bright && !in_one ? 1 : 0;
      in_one = bright;
    }
    return count;
  };
  EXPECT_TRUE(viewer.until([&] { return lines() >= 9; })) << lines();
  display_->key("q");
  EXPECT_EQ(viewer.wait().code, 0);
  job.signal(SIGINT);
  trickle.release();
  job.wait();
}

/// Frames that the job has encoded, by its own account.
long frames_in(const std::string& progress) {
  const std::size_t at = progress.rfind("frame=");
  return at == std::string::npos ? 0 : std::stol(progress.substr(at + 6));
}

TEST_F(Sessions, OutputIsTheSameWithTenViewersThatStopDieLeaveAndComeAgain) {
  const std::string input = film();
  const Ended plain = test::run(hashed(input));
  ASSERT_EQ(plain.code, 0) << plain.err;
  test::Trickle trickle(input);
  const std::string progress = dir_.file("progress");
  Program job(hashed(trickle.path(), words("-progress") + Words{progress}));
  const auto frames = [&] { return frames_in(test::read_file(progress)); };
  ASSERT_TRUE(job.until([&] { return frames() > 0; })) << job.err();
  for (int round = 0; round < 10; ++round) {
    Program viewer(latham("view"));
    ASSERT_TRUE(viewer.until([&] { return viewer.stage("viewer") && !display_->title().empty(); }))
        << round << viewer.err();
    const pid_t stage = viewer.stage("viewer").value();
    if (round == 0) {
      ASSERT_EQ(::kill(stage, SIGSTOP), 0);
      const long before = frames();
      std::this_thread::sleep_for(std::chrono::seconds(5));
      EXPECT_TRUE(job.until([&] { return frames() > before; }));
      ASSERT_EQ(::kill(stage, SIGCONT), 0);
      display_->key("q");
      EXPECT_EQ(viewer.wait().code, 0) << viewer.err();
    } else if (round % 4 == 0) {
      display_->key("q");
      EXPECT_EQ(viewer.wait().code, 0) << viewer.err();
    } else if (round % 4 == 1) {
      viewer.signal(SIGKILL);
    } else {
      ASSERT_EQ(::kill(stage, round % 4 == 2 ? SIGKILL : SIGSEGV), 0);
      EXPECT_EQ(viewer.wait().code, 6);
    }
    EXPECT_TRUE(viewer.until_alone());
  }
  EXPECT_TRUE(job.is_running());
  // One that is stopped when the job ends, and for ever.
  Program last(latham("view"));
  ASSERT_TRUE(last.until([&] { return last.stage("viewer") && !display_->title().empty(); }));
  ASSERT_EQ(::kill(last.stage("viewer").value(), SIGSTOP), 0);
  trickle.release();
  const Ended ended = job.wait();
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(ended.out, plain.out);
}

/// The viewer has mapped the frames of both edges.
bool has_joined(const Program& view) {
  const auto viewer = view.stage("viewer");
  if (!viewer) return false;
  const std::string maps = test::read_file(fmt::format("/proc/{}/maps", *viewer));
  const std::size_t first = maps.find("memfd:latham-pool");
  return first != std::string::npos &&
         maps.find("memfd:latham-pool", first + 1) != std::string::npos;
}

TEST_F(Sessions, ViewEndsWithAJobThatHadNoPictureYet) {
  Program job(unseen("color=s=64x64:d=1", "select=lt(n\\,0)"));
  ASSERT_TRUE(job.until([&] { return !facts_of(job.pid()).get("edges").empty(); })) << job.err();
  Program viewer(latham("view"));
  ASSERT_TRUE(viewer.until([&] { return has_joined(viewer); })) << viewer.err();
  job.signal(SIGKILL);
  const Ended ended = viewer.wait();
  EXPECT_FALSE(ended.hung);
  EXPECT_EQ(ended.code, 3);
  EXPECT_TRUE(viewer.until_alone());
  EXPECT_NE(ended.err.find("ended before"), std::string::npos) << ended.err;
}

TEST_F(Sessions, ViewGivesUpWhereAStageIsStopped) {
  Program job(unseen());
  ASSERT_TRUE(job.until([&] { return !facts_of(job.pid()).get("edges").empty(); })) << job.err();
  const pid_t decoder = job.stage("decoder").value();
  ASSERT_EQ(::kill(decoder, SIGSTOP), 0);
  const Ended ended = test::run(latham("view"));
  EXPECT_EQ(ended.code, 3);
  EXPECT_NE(ended.err.find("gives us no place: one of its stages is stopped"), std::string::npos)
      << ended.err;
  ASSERT_EQ(::kill(decoder, SIGCONT), 0);
  Program viewer(latham("view"));
  EXPECT_TRUE(viewer.until([&] { return !display_->title().empty(); })) << viewer.err();
}

TEST_F(Sessions, ViewSaysWhyItIsTurnedAway) {
  Program job(unseen());
  ASSERT_TRUE(job.until([&] { return !facts_of(job.pid()).get("edges").empty(); })) << job.err();
  // Until all places of the first edge are taken.
  std::vector<supervisor::FoundSession> seated;
  for (std::string answer; answer != "refused";) {
    seated.push_back(std::move(supervisor::find_sessions(job.pid()).at(0)));
    const int connection = seated.back().connection.get();
    control::send_link(connection, {"attach", {{"edges", "1"}}, {}});
    const auto heard = supervisor::next_message(connection, kPatience);
    ASSERT_TRUE(heard);
    answer = heard->message.word;
  }
  seated.pop_back();  // there is an end to visitors, too
  const Ended ended = test::run(latham("view"));
  EXPECT_EQ(ended.code, 1);
  EXPECT_NE(ended.err.find("there is no place for more"), std::string::npos) << ended.err;
}

TEST_F(Sessions, WindowOpensWhileAnotherHoldsTheJobStill) {
  Program job(unseen("color=c=white:s=320x240:d=1"));
  ASSERT_TRUE(is_listed_as(job, "running"));
  Program first(latham("view"));
  ASSERT_TRUE(first.until([&] { return !display_->title().empty(); })) << first.err();
  display_->key("space");
  ASSERT_TRUE(is_listed_as(job, "paused"));
  Program second(latham("view"));
  EXPECT_TRUE(second.until([&] { return display_->windows() == 2; })) << second.err();
  second.signal(SIGINT);
  EXPECT_EQ(second.wait().code, 0);
  first.signal(SIGINT);
  EXPECT_EQ(first.wait().code, 0);
  job.signal(SIGINT);
  EXPECT_EQ(job.wait().code, 130);
}

TEST_F(Sessions, LastPictureStaysWhenTheJobEndsAndPauseIsTakenBackWithItsViewer) {
  Program job(unseen("color=c=white:s=320x240:d=1"));
  ASSERT_TRUE(is_listed_as(job, "running"));
  {
    Program first(latham("view"));
    ASSERT_TRUE(first.until([&] { return !display_->title().empty(); })) << first.err();
    display_->key("space");
    EXPECT_TRUE(is_listed_as(job, "paused"));
    display_->key("q");
    EXPECT_EQ(first.wait().code, 0);
  }
  EXPECT_TRUE(is_listed_as(job, "running"));
  Program second(latham("view"));
  ASSERT_TRUE(second.until([&] { return !display_->title().empty(); }));
  // The upper right corner of a white picture: nothing over it, then a dark badge with bright words.
  const auto is_bright = [&](int x, int y, int width, int height) {
    return display_->bright(x, y, width, height);
  };
  EXPECT_TRUE(second.until([&] { return is_bright(572, 264, 100, 40) == 100 * 40; }));
  job.signal(SIGINT);
  EXPECT_EQ(job.wait().code, 130);
  EXPECT_TRUE(second.until([&] { return says("[ended]"); }));
  EXPECT_TRUE(second.until([&] { return is_bright(572, 264, 100, 40) < 100 * 40 - 500; }));
  const int words = is_bright(616, 276, 40, 12);
  EXPECT_GT(words, 20);
  EXPECT_LT(words, 40 * 12 / 2);
  EXPECT_GT(display_->pixel(512, 384)[0], 250);
  display_->key("q");
  EXPECT_EQ(second.wait().code, 0);
}

}  // namespace
}  // namespace latham
