// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "media/stream_table.h"

namespace latham::viewer {

/// The streams of one kind that a file holds, as the user chooses among them.
class Tracks {
 public:
  Tracks(const media::StreamTable& table, AVMediaType kind);

  [[nodiscard]] std::size_t size() const noexcept { return tracks_.size(); }
  /// The stream after that one; nothing after the last. The first after none.
  [[nodiscard]] std::optional<int> after(std::optional<int> stream) const;
  /// "stream 2, aac, eng"
  [[nodiscard]] std::string text(int stream) const;

 private:
  struct Track {
    int stream;
    std::string name;
  };
  std::vector<Track> tracks_;
};

}  // namespace latham::viewer
