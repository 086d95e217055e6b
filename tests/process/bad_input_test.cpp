// SPDX-License-Identifier: MIT
// What a user gets wrong, and what goes wrong on its own: one line that says what was tried, on
// what, and what to do; an exit code for its kind; nothing left behind.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "tests/process/clips.h"
#include "tests/process/packets.h"
#include "tests/process/place.h"
#include "tests/process/run.h"
#include "tests/process/scratch_disk.h"
#include "tests/unit/supervisor/temp_dir.h"

namespace latham::test {
namespace {

constexpr int kUsage = 2;
constexpr int kInput = 3;
constexpr int kOutput = 4;

void expect_refusal(const Ended& end, int code, const std::string& says) {
  EXPECT_FALSE(end.hung);
  EXPECT_EQ(end.code, code) << end.err;
  EXPECT_EQ(end.out, "");
  EXPECT_TRUE(end.err.starts_with("latham: ")) << end.err;
  EXPECT_EQ(std::count(end.err.begin(), end.err.end(), '\n'), 1) << end.err;
  EXPECT_NE(end.err.find(says), std::string::npos) << "does not say: " << says << "\n" << end.err;
}

/// `latham transcode ARGS` in a place of its own must refuse and leave nothing there.
void expect_refused(const Words& args, int code, const std::string& says) {
  const Place place;
  Words full = args;
  for (std::string& word : full) {
    if (word == "OUT") word = place.file("out.mkv");
  }
  Program job(transcode(full), place.settings());
  expect_refusal(job.wait(), code, says);
  EXPECT_TRUE(job.family().empty());
  EXPECT_EQ(place.leftovers(), "");
}

/// What the supervisor says to its stages is no word of the user's.
TEST(BadOption, WhatOnlyTheSupervisorMaySayIsUnknown) {
  const std::string film = clip("tiny");
  for (const char* ours : {"skip-packets", "skip_packets", "read-all", "play", "inputs",
                           "to-the-end", "resumable", "unless-decoder-c", "pix-fmts"}) {
    const std::string option = "-" + std::string(ours);
    SCOPED_TRACE(option);
    expect_refused({option, "1", "-i", film, "OUT"}, kUsage, option);
    expect_refused({"-i", film, option, "1", "OUT"}, kUsage, option);
  }
}

// ---- input
// -----------------------------------------------------------------------------------------

TEST(BadInput, MissingFileIsNamed) {
  expect_refused({"-i", "/nowhere/clip.mkv", "OUT"}, kInput, "'/nowhere/clip.mkv'");
}
TEST(BadInput, FolderIsToldFromAFile) {
  const TempDir folder;
  expect_refused({"-i", folder.path(), "OUT"}, kInput, folder.path());
}
TEST(BadInput, EmptyFileIsNamed) {
  const TempDir folder;
  const std::string file = folder.write("empty.mp4", "");
  expect_refused({"-i", file, "OUT"}, kInput, file);
}
TEST(BadInput, TextFileIsNamed) {
  const TempDir folder;
  std::string text;
  for (int line = 0; line < 200; ++line) text += "This is a text and no film.\n";
  const std::string file = folder.write("notes.txt", text);
  expect_refused({"-i", file, "OUT"}, kInput, file);
  const std::string disguised = folder.write("notes.mp4", text);
  expect_refused({"-i", disguised, "OUT"}, kInput, disguised);
}
TEST(BadInput, Mp4CutBeforeItsIndexIsRefused) {
  const TempDir folder;
  const std::string whole = read_file(clip("h264"));
  const std::string file = folder.write("cut.mp4", whole.substr(0, whole.size() / 2));
  expect_refused({"-i", file, "OUT"}, kInput, "its index (moov) is missing");
}
TEST(BadInput, ListOfFilesElsewhereIsToldHowToBeAllowed) {
  const TempDir folder;
  const std::string list = folder.write("list.txt", "file '" + clip("tiny") + "'\n");
  expect_refused({"-f", "concat", "-i", list, "OUT"}, kInput, "-safe 0");
}
TEST(BadInput, SoundAloneIsRefusedWhereThereIsNoRoomForSound) {
  const TempDir folder;
  const std::string file = folder.file("tone.flac");
  ASSERT_EQ(run(words("ffmpeg -nostdin -v error -f lavfi -i sine=duration=1") + Words{file}).code,
            0);
  expect_refused({"-i", file, "-an", "OUT"}, kInput, "no stream of the input goes into");
}
// This one is experimental: it opens with -strict -2 only.
TEST(BadInput, DecoderThatDoesNotOpenIsNamed) {
  const TempDir folder;
  const std::string file = folder.file("sonic.nut");
  const Ended made = run(words("ffmpeg -nostdin -v error -f lavfi -i sine=duration=1 -c:a sonic") +
                         words("-strict -2") + Words{file});
  ASSERT_EQ(made.code, 0) << made.err;
  expect_refused({"-i", file, "-c:a", "flac", "OUT"}, kInput, "open decoder 'sonic' for stream 0");
}
TEST(BadInput, FileCutShortGivesWhatFfmpegGetsOutOfIt) {
  const TempDir folder;
  for (const std::string name : {"subtitled", "interlaced", "mpeg4"}) {
    SCOPED_TRACE(name);
    const std::string whole = read_file(clip(name));
    const std::string file = folder.write("cut-" + name, whole.substr(0, whole.size() * 6 / 10));
    expect_same_as_ffmpeg({.input = file,
                           .before_input = words("-threads 1"),
                           .options = words("-an -sn -c:v mpeg4")});
  }
}
TEST(BadInput, DamagedPacketsAreSaidAndFatalOnlyWithXerror) {
  const TempDir folder;
  std::string bytes = read_file(clip("mpeg4"));
  for (std::size_t at = bytes.size() / 3; at < bytes.size() * 2 / 3; at += 97) bytes[at] ^= 0x55;
  const std::string file = folder.write("damaged.avi", bytes);
  const std::string to = folder.file("out.mkv");
  const Ended end = run(transcode({"-i", file, "-an", to}));
  EXPECT_EQ(end.code, 0) << end.err;
  EXPECT_NE(end.err.find("damaged"), std::string::npos) << end.err;
  EXPECT_FALSE(packets(to).empty());
  expect_refused({"-xerror", "-i", file, "-an", "OUT"}, kInput, "-xerror");
}

// ---- command line
// ----------------------------------------------------------------------------------

struct Mistake {
  const char* name;
  const char* options;
  const char* says;
};
void PrintTo(const Mistake& mistake, std::ostream* out) {
  *out << mistake.options;
}
class BadUsage : public testing::TestWithParam<Mistake> {};

TEST_P(BadUsage, IsRefusedWithAWordOnWhatToDo) {
  expect_refused(Words{"-i", clip("tiny")} + words(GetParam().options), kUsage, GetParam().says);
}

INSTANTIATE_TEST_SUITE_P(
    Mistakes, BadUsage,
    testing::Values(
        Mistake{"unknown_codec", "-c:v libx265x OUT", "libx265"},
        Mistake{"decoder_as_encoder", "-c:v libdav1d OUT", "libdav1d"},
        Mistake{"misspelt_codec_option", "-c:v libx264 -crff 20 OUT", "did you mean '-crf'?"},
        Mistake{"option_of_another_codec", "-c:v mpeg4 -crf 20 OUT", "unknown to 'mpeg4'"},
        Mistake{"misspelt_option_of_copies", "-c copy -prest fast OUT", "'-prest'"},
        Mistake{"misspelt_long_option", "--transprot pipe OUT", "--transport"},
        Mistake{"bad_value_of_codec_option", "-c:v libx264 -bf many OUT", "bf"},
        Mistake{"bad_value_of_sound_codec_option", "-f lavfi -i sine -map 1 -b:a much OUT",
                "-b:a much"},
        Mistake{"bad_value_that_the_library_reads", "-c:v libx264 -level 99 OUT", "level"},
        Mistake{"bad_value_of_container_option", "-c copy -cluster_time_limit long OUT", "long"},
        Mistake{"codec_by_another_name", "-c:v h265 OUT", "did you mean 'libx265'?"},
        Mistake{"codec_without_lib", "-c:v x264 OUT", "did you mean 'libx264'?"},
        Mistake{"codec_in_capitals", "-c:v MPEG4 OUT", "did you mean 'mpeg4'?"},
        Mistake{"codec_of_sound", "-c:v opus OUT", "write -c:a opus"},
        Mistake{"unknown_filter", "-vf hflipp OUT", "hflipp"},
        Mistake{"filter_that_does_not_parse", "-vf scale=640:[ OUT", "scale=640:["},
        Mistake{"filter_with_an_unknown_option", "-vf scale=widht=640 OUT", "widht"},
        Mistake{"filter_with_a_bad_value", "-vf scale=xx OUT", "with args 'xx'"},
        Mistake{"filter_with_two_outputs", "-vf split OUT", "split"},
        Mistake{"filter_of_a_copied_picture", "-c:v copy -vf hflip OUT", "filtered and copied"},
        Mistake{"unknown_format", "-f matrosk OUT", "matrosk"},
        Mistake{"unknown_pixel_format", "-pix_fmt yuv421p OUT", "yuv421p"},
        Mistake{"bad_size", "-s 12by34 OUT", "12by34"}, Mistake{"bad_rate", "-r fast OUT", "fast"},
        Mistake{"bad_transport", "--transport mail OUT", "shm"},
        Mistake{"bad_slots", "--slots 1 OUT", "--slots"}, Mistake{"no_output", "-an", "output"},
        Mistake{"map_of_no_input", "-map 1:v OUT", "there is no input 1"},
        Mistake{"map_of_no_stream", "-map 0:a:7 OUT", "-map 0:a:7"},
        Mistake{"specifier", "-map 0:q OUT", "'q' is no stream specifier"},
        Mistake{"unknown_disposition", "-disposition:v loud OUT", "-disposition loud"},
        Mistake{"option_behind_several_outputs", "OUT second.mkv -crf 20", "-crf"}),

    [](const auto& test) { return std::string(test.param.name); });

TEST(BadUsage, OptionOfAnotherDemuxerIsNamed) {
  expect_refused({"-start_number", "2", "-i", clip("tiny"), "OUT"}, kUsage,
                 "option '-start_number' before -i");
}
TEST(BadUsage, MisspeltOptionOfADemuxerIsNamed) {
  expect_refused({"-ignore_editlst", "1", "-i", clip("h264"), "OUT"}, kUsage, "'-ignore_editlst'");
}
TEST(BadUsage, WrongValueOfAnInputsOptionIsNamed) {
  for (const char* option : {"-probesize", "-skip_frame", "-ignore_editlist"})
    expect_refused({option, "much", "-i", clip("h264"), "OUT"}, kUsage,
                   std::string(option).substr(1));
}
TEST(BadUsage, UnknownInputFormatIsNamed) {
  expect_refused({"-f", "matrosk", "-i", clip("tiny"), "OUT"}, kUsage, "matrosk");
}
TEST(BadUsage, UnknownExtensionAsksForAFormat) {
  const Place place;
  expect_refusal(run(transcode({"-i", clip("tiny"), place.file("out.xyz")})), kUsage, "-f");
  EXPECT_EQ(place.leftovers(), "");
}
TEST(BadUsage, NoInputIsSaid) {
  expect_refused({"OUT"}, kUsage, "-i");
}
TEST(BadUsage, UnknownCommandIsGuessed) {
  expect_refusal(run({latham_program(), "transcod"}), kUsage, "did you mean 'transcode'?");
}

// ---- output
// ----------------------------------------------------------------------------------------

TEST(BadOutput, ExistingFileIsKeptWithoutY) {
  const TempDir folder;
  const std::string to = folder.write("out.mkv", "precious");
  expect_refusal(run(transcode({"-i", clip("tiny"), to})), kOutput, "add -y");
  EXPECT_EQ(read_file(to), "precious");
  EXPECT_FALSE(folder.has("out.mkv.part"));
}
TEST(BadOutput, MissingFolderIsNamed) {
  const Place place;
  const std::string to = place.file("none/out.mkv");
  expect_refusal(run(transcode({"-i", clip("tiny"), to})), kOutput, place.file("none"));
  EXPECT_EQ(place.leftovers(), "");
}
TEST(BadOutput, FolderIsToldFromAFile) {
  const TempDir folder;
  expect_refusal(run(transcode({"-i", clip("tiny"), "-f", "matroska", "-y", folder.path()})),
                 kOutput, folder.path());
}
TEST(BadOutput, InputIsNotOverwritten) {
  const TempDir folder;
  const std::string file = folder.file("a.mkv");
  std::filesystem::copy_file(clip("tiny"), file);
  expect_refusal(run(transcode({"-y", "-i", file, file})), kOutput, file);
  EXPECT_EQ(read_file(file), read_file(clip("tiny")));
}
TEST(BadOutput, FolderThatTakesNoFilesIsNamed) {
  expect_refusal(run(transcode({"-i", clip("tiny"), "/proc/latham-test.mkv"})), kOutput,
                 "/proc/latham-test.mkv");
}
TEST(BadOutput, FolderWithoutPermissionIsNamed) {
  if (::geteuid() == 0) {
    const ScratchDisk disk("size=1m", true);
    if (!disk.mounted()) GTEST_SKIP() << "cannot mount here";
    const std::string to = disk.path() + "/out.mkv";
    expect_refusal(run(transcode({"-i", clip("tiny"), to})), kOutput, to);
    return;
  }
  const TempDir folder;
  std::filesystem::permissions(
      folder.path(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  const std::string to = folder.file("out.mkv");
  expect_refusal(run(transcode({"-i", clip("tiny"), to})), kOutput, to);
  std::filesystem::permissions(folder.path(), std::filesystem::perms::owner_all);
}

class FullDisk : public testing::TestWithParam<const char*> {};

TEST_P(FullDisk, IsSaidAndTheUnfinishedFileIsRemoved) {
  const ScratchDisk disk("size=64k");
  if (!disk.mounted()) GTEST_SKIP() << "only root may make a small disk";
  for (const std::string transport : {"shm", "pipe"}) {
    const std::string to = disk.path() + "/" + GetParam();
    const Ended end = run(transcode(Words{"-i", clip("raw")} +
                                    words("-c:v mpeg4 -q:v 2 --transport") + Words{transport, to}));
    expect_refusal(end, kOutput, to);
    EXPECT_NE(end.err.find("disk is full"), std::string::npos) << end.err;
    EXPECT_TRUE(std::filesystem::is_empty(disk.path()));
  }
}
INSTANTIATE_TEST_SUITE_P(Containers, FullDisk, testing::Values("out.mkv", "out.mp4", "out.avi"),
                         [](const auto& test) { return std::string(test.param).substr(4); });

TEST(FullDevice, IsSaid) {
  const Ended end = run(transcode({"-y", "-i", clip("raw"), "-f", "matroska", "/dev/full"}));
  expect_refusal(end, kOutput, "/dev/full");
}

TEST(ClosedPipe, EndsTheJobWithTheOutputsCode) {
  // `head` takes a little and goes.
  const std::string command =
      latham_program() + " transcode -i '" + clip("raw") +
      "' -c:v ffv1 -f nut - | head -c 100 > /dev/null; exit ${PIPESTATUS[0]}";
  Program job({"bash", "-c", command});
  const Ended end = job.wait();
  expect_refusal(end, kOutput, "-");
  EXPECT_TRUE(job.until_alone());
}

}  // namespace
}  // namespace latham::test
