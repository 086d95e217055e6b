// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "tests/process/run.h"
#include "tests/unit/supervisor/temp_dir.h"

namespace latham::test {

/// The programs of this build, and one stage of them that is started with settings of its own.
class Programs {
 public:
  /// `settings`: "NAME=value" each; values without quotes.
  Programs(std::string_view stage, const Words& settings) {
    namespace fs = std::filesystem;
    const fs::path real = fs::path(latham_program()).parent_path();
    // A copy: the supervisor looks for its stages where it lies itself.
    fs::copy_file(real / "latham", folder_.file("latham"));
    for (const char* each : {"decoder", "filter", "encoder"}) {
      const std::string name = fmt::format("latham-{}", each);
      if (each != stage) {
        fs::create_symlink(real / name, folder_.file(name));
        continue;
      }
      std::ofstream script(folder_.file(name));
      script << "#!/bin/sh\nexec env";
      for (const std::string& setting : settings) script << " '" << setting << "'";
      script << " '" << (real / name).string() << "' \"$@\"\n";
      fs::permissions(folder_.file(name), fs::perms::owner_all);
    }
  }
  [[nodiscard]] std::string latham() const { return folder_.file("latham"); }

 private:
  TempDir folder_;
};

}  // namespace latham::test
