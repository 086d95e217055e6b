// SPDX-License-Identifier: MIT
#include "supervisor/resume_plan.h"

#include <gtest/gtest.h>

#include <fstream>
#include <functional>

#include "tests/unit/supervisor/temp_dir.h"

namespace latham::supervisor {
namespace {

using test::TempDir;

class Plan : public testing::Test {
 protected:
  Plan() {
    std::ofstream(input_) << "film";
    job_.inputs.push_back({input_, {{"ss", "3"}}});
    job_.outputs.push_back({"out.mp4", {{"crf", "20"}, {"filter:v", "scale=320:-2, hflip"}}});
    job_.globals.resumable = true;
  }
  [[nodiscard]] ResumePlan plan() const {
    std::vector<OpenInput> inputs;
    for (const Input& input : job_.inputs) inputs.push_back({input.name, open_input(input)});
    return resume_plan(job_, 0, inputs, "5.1.9");
  }
  /// What the user is told of a job that was changed after it had begun.
  std::string told(const std::function<void()>& change) {
    const std::string before = text_of(plan());
    change();
    return difference(plan(), before).value_or("");
  }

  TempDir dir_;
  std::string input_ = dir_.file("in.mkv");
  Job job_;
};

TEST_F(Plan, IsTheSameForTheSameJob) {
  EXPECT_EQ(told([] {}), "");
}

TEST_F(Plan, DoesNotCareHowFramesTravelOrWhatIsSaid) {
  EXPECT_EQ(told([&] {
              job_.globals.transport = Transport::pipe;
              job_.globals.slots = 8;
              job_.globals.overwrite = true;
              job_.globals.stage_retries = 3;
              job_.globals.loglevel = 16;
            }),
            "");
}

TEST_F(Plan, NamesAnotherOptionOfTheOutput) {
  EXPECT_EQ(
      told([&] { job_.outputs[0].options[0].value = "21"; }),
      "the options of the output: then -crf 20 -filter:v \"scale=320:-2, hflip\", now -crf 21 "
      "-filter:v \"scale=320:-2, hflip\"");
}

TEST_F(Plan, NamesAnInputThatHasChanged) {
  const std::string line = told([&] { std::ofstream(input_) << "another film"; });
  EXPECT_TRUE(line.starts_with("the file '" + input_ + "': then 4 bytes")) << line;
  EXPECT_NE(line.find("now 12 bytes"), std::string::npos) << line;
}

TEST_F(Plan, NamesOtherInputsLengthsAndGlobals) {
  EXPECT_NE(told([&] { job_.inputs.push_back({input_, {}}); }), "");
  EXPECT_NE(told([&] { job_.inputs.pop_back(); }), "");
  EXPECT_NE(told([&] { job_.inputs[0].options.clear(); }), "");
  EXPECT_NE(told([&] { job_.globals.segment_s = 3; }), "");
  EXPECT_NE(told([&] { job_.globals.keep_timestamps = true; }), "");
  EXPECT_NE(told([&] { job_.globals.hdr10 = false; }), "");
  EXPECT_NE(told([&] { job_.outputs[0].name = "other.mp4"; }), "");
}

TEST_F(Plan, IsOneLineAFactWhateverIsInIt) {
  job_.outputs[0].options.push_back({"metadata", "title=one\ntwo"});
  const std::string text = text_of(plan());
  EXPECT_EQ(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')), plan().size());
}

}  // namespace
}  // namespace latham::supervisor
