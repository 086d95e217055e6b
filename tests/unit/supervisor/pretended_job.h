// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <string>

#include "supervisor/session.h"
#include "tests/support/child.h"
#include "tests/support/fds.h"
#include "tests/unit/supervisor/expect_failure.h"
#include "tests/unit/supervisor/fake_stage.h"
#include "tests/unit/supervisor/temp_dir.h"

namespace latham::supervisor {

using test::contains;

inline constexpr const char* kDecoderDone =
    "say:done~demuxed=3~decoded=3~published=3~frames_out=3~waited_ms=5~copied=0";
inline constexpr const char* kEncoderDone =
    "say:done~frames_in=3~encoded=3~muxed=3~time_us=120000~waited_ms=9~copied=0";

/// A whole job over stages that only pretend.
class Session : public testing::Test {
 protected:
  Session() {
    job_.inputs.push_back({files_.write("in.mp4", "input"), {}});
    job_.outputs.push_back({files_.file("out.mp4"), {}});
    job_.globals.keep_existing = true;  // never ask
    job_.globals.stage_retries = 0;
    decoder(fmt::format("ready link {}", kDecoderDone));
    encoder(fmt::format("ready link write:hello {}", kEncoderDone));
    filter("ready link say:done~frames_in=3~frames_out=3");
    before_ = test::count_open_fds();
  }
  ~Session() override {
    // Whatever happened: no process, no descriptor and no half a file is left.
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
    EXPECT_EQ(test::count_open_fds(), before_);
    EXPECT_FALSE(files_.has("out.mp4.part"));
  }

  void decoder(const std::string& words) { stages_.script("decoder", words); }
  void encoder(const std::string& words) { stages_.script("encoder", words); }
  void filter(const std::string& words) { stages_.script("filter", words); }

  void option(const std::string& name, const std::string& value) {
    job_.outputs.front().options.push_back({name, value});
  }

  int run() {
    std::FILE* out = std::tmpfile();
    struct Close {
      std::FILE* out;
      std::string& printed;
      ~Close() {
        std::rewind(out);
        for (int c = std::fgetc(out); c != EOF; c = std::fgetc(out))
          printed += static_cast<char>(c);
        std::fclose(out);
      }
    } close{out, printed_};
    return run_transcode(job_, stages_.folder(), out);
  }

  [[nodiscard]] bool wrote_file() const { return files_.has("out.mp4"); }

  test::TempDir files_;
  test::FakeStages stages_;
  Job job_;
  std::string printed_;
  std::size_t before_ = 0;
};

}  // namespace latham::supervisor
