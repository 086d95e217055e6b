// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include "tests/process/run.h"
#include "tests/unit/supervisor/temp_dir.h"

namespace latham::test {

/// A place for one job: an output folder and a runtime directory of its own, and what lay in
/// /dev/shm before.
class Place {
 public:
  Place() {
    std::filesystem::create_directory(runtime_);
    std::filesystem::permissions(runtime_, std::filesystem::perms::owner_all);
  }

  [[nodiscard]] const std::string& folder() const { return folder_.path(); }
  [[nodiscard]] std::string file(const std::string& name) const { return folder_.file(name); }
  [[nodiscard]] bool has(const std::string& name) const { return folder_.has(name); }
  /// It is there and has bytes.
  [[nodiscard]] bool is_growing(const std::string& name) const {
    std::error_code none;
    const auto size = std::filesystem::file_size(file(name), none);
    return !none && size > 0;
  }
  [[nodiscard]] Words settings() const { return {"XDG_RUNTIME_DIR=" + runtime_}; }

  /// What a job has left in any of these places, by name, or "".
  [[nodiscard]] std::string leftovers() const {
    std::string found;
    for (const std::string& name : names_in(folder_.path()))
      if (name != "run") found += name + " ";
    for (const std::string& name : names_in(runtime_)) found += "run/" + name + " ";
    for (const std::string& name : names_in("/dev/shm"))
      if (shared_before_.count(name) == 0 && is_nobodys("/dev/shm/" + name))
        found += "/dev/shm/" + name + " ";
    return found;
  }

 private:
  /// It is there, and no living process maps it: other programs of this machine use the folder too.
  static bool is_nobodys(const std::string& shared) {
    for (const std::string& process : names_in("/proc")) {
      std::ifstream maps("/proc/" + process + "/maps");
      for (std::string line; std::getline(maps, line);)
        if (line.ends_with(" " + shared)) return false;
    }
    return std::filesystem::exists(shared);
  }
  static std::set<std::string> names_in(const std::string& path) {
    std::set<std::string> names;
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(path, none))
      names.insert(entry.path().filename().string());
    return names;
  }

  TempDir folder_;
  std::string runtime_ = folder_.file("run");
  std::set<std::string> shared_before_ = names_in("/dev/shm");
};

/// What an undisturbed run of a job writes. `job`: its command line, from the name of the output.
template <class Job>
std::string undisturbed_file(const Job& job) {
  const Place place;
  EXPECT_EQ(run(job(place.file("quiet.mp4"))).code, 0);
  return read_file(place.file("quiet.mp4"));
}

}  // namespace latham::test
