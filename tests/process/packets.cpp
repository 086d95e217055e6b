// SPDX-License-Identifier: MIT
#include "tests/process/packets.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <regex>
#include <sstream>
#include <string_view>
#include <vector>

#include "tests/unit/supervisor/temp_dir.h"

namespace latham::test {
namespace {

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> all;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) all.push_back(line);
  return all;
}

std::string by_latham(const Comparison& job, const std::string& transport, const TempDir& folder) {
  const std::string to = folder.file(transport + "." + job.extension);
  const Ended end = run(transcode({"-y"}) + job.before_input + Words{"-i", job.input} +
                        job.options + job.ours + Words{"--transport", transport, to});
  EXPECT_EQ(end.code, 0) << end.err;
  EXPECT_FALSE(end.hung);
  return packets(to, job.map);
}

std::string by_ffmpeg(const Comparison& job, const TempDir& folder) {
  const std::string to = folder.file("ffmpeg." + job.extension);
  const Ended end = run(words("ffmpeg -nostdin -v error -y") + job.before_input +
                        Words{"-i", job.input} + job.options + Words{to});
  EXPECT_EQ(end.code, 0) << "ffmpeg: " << end.err;
  return packets(to, job.map);
}

}  // namespace

std::string without_versions(const std::string& text) {
  std::string kept;
  for (const std::string& line : lines(text)) {
    if (!line.starts_with("#software")) kept += line + "\n";
  }
  return kept;
}

std::string packets(const std::string& file, const std::string& map) {
  const Ended end = run(words("ffmpeg -nostdin -v error -i") + Words{file, "-map", map} +
                        words("-c copy -f framemd5 -"));
  EXPECT_EQ(end.code, 0) << "ffmpeg cannot read " << file << ": " << end.err;
  return without_versions(end.out);
}

testing::AssertionResult same_packets(const std::string& ours, const std::string& theirs) {
  if (ours == theirs && !ours.empty()) return testing::AssertionSuccess();
  const auto a = lines(ours);
  const auto b = lines(theirs);
  const auto [at, bt] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  return testing::AssertionFailure()
         << fmt::format("{} lines of latham, {} of ffmpeg; line {}:\n  latham {}\n  ffmpeg {}",
                        a.size(), b.size(), at - a.begin() + 1, at == a.end() ? "(none)" : *at,
                        bt == b.end() ? "(none)" : *bt);
}

void expect_same_as_ffmpeg(const Comparison& job) {
  const TempDir folder;
  for (const std::string transport : {"shm", "pipe"}) {
    SCOPED_TRACE(transport);
    testing::AssertionResult same = testing::AssertionFailure();
    for (int chance = job.steady ? 1 : 3; chance > 0 && !same; --chance)
      same = same_packets(by_latham(job, transport, folder), by_ffmpeg(job, folder));
    EXPECT_TRUE(same);
  }
}

void expect_same_frames(const Words& job) {
  const Words hashed = job + words("-an -sn -dn -f framemd5 -");
  const Ended theirs = run(words("ffmpeg -nostdin -v error") + hashed);
  EXPECT_EQ(theirs.code, 0) << "ffmpeg: " << theirs.err;
  for (const std::string transport : {"shm", "pipe"}) {
    SCOPED_TRACE(transport);
    const Ended ours = run(transcode(hashed) + Words{"--transport", transport});
    EXPECT_EQ(ours.code, 0) << ours.err;
    EXPECT_TRUE(same_packets(without_versions(ours.out), without_versions(theirs.out)));
  }
}

int frames_copied(const std::string& summary) {
  std::smatch found;
  if (!std::regex_search(summary, found, std::regex("([0-9]+) frames copied"))) return -1;
  return std::stoi(found[1]);
}

}  // namespace latham::test
