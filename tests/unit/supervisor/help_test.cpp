// SPDX-License-Identifier: MIT
#include "supervisor/help.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <string>

#include "supervisor/help_full.h"
#include "supervisor/option_table.h"

namespace latham::supervisor {
namespace {

std::size_t widest_line(std::string_view text, std::size_t& lines) {
  std::size_t widest = 0;
  std::istringstream in{std::string(text)};
  lines = 0;
  for (std::string line; std::getline(in, line); ++lines) widest = std::max(widest, line.size());
  return widest;
}

/// Every word that begins with a dash, without what stands behind it.
std::set<std::string> options_in(std::string_view text) {
  std::set<std::string> all;
  std::istringstream in{std::string(text)};
  for (std::string word; in >> word;) {
    if (word.front() == '-') all.insert(word.substr(0, word.find_first_of(",;.")));
  }
  return all;
}

TEST(Help, EachCommandFitsAScreen) {
  for (const std::string_view text :
       {kHelp, kTranscodeHelp, kViewHelp, kLsHelp, kBenchHelp, kDoctorHelp}) {
    std::size_t lines = 0;
    EXPECT_LE(widest_line(text, lines), 80U) << text;
    EXPECT_LE(lines, 24U) << text;
  }
  std::size_t lines = 0;
  EXPECT_LE(widest_line(kTranscodeFullHelp, lines), 80U);
}

TEST(Help, FullHelpTellsOfEveryOption) {
  const std::set<std::string> told = options_in(kTranscodeFullHelp);
  for (const GlobalOption& option : global_options())
    EXPECT_EQ(told.count(std::string(option.name)), 1U) << option.name;
  for (const FileOptionRow& option : file_options()) {
    const std::string name(option.name);
    EXPECT_TRUE(told.count(name) == 1 || told.count(name + ":v") == 1) << name;
  }
}

TEST(Help, WhatTheShortHelpNamesIsAnOption) {
  for (const std::string& name : options_in(kTranscodeHelp)) {
    // Examples of options that go on to codecs and containers.
    if (name.starts_with("(") || name == "-crf" || name == "-preset" || name == "-b:a" ||
        name == "-movflags)" || name == "-i" || name == "-")
      continue;
    EXPECT_TRUE(find_global(name) != nullptr || find_file_option(name)) << name;
  }
}

}  // namespace
}  // namespace latham::supervisor
