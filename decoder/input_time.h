// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "media/time_window.h"

namespace latham::decoder {

/// What the command line says about the time of an input. Times are in microseconds.
struct InputTimeOptions {
  media::TimeWindow window;              ///< -ss, -t, -to
  std::optional<std::int64_t> from_end;  ///< -sseof, negative.
  std::int64_t shift = 0;                ///< -itsoffset
  bool keep_timestamps = false;          ///< -copyts
  bool start_at_zero = false;            ///< -start_at_zero, with keep_timestamps.
  bool accurate = true;                  ///< Not -noaccurate_seek: nothing before -ss comes out.
  bool absolute = false;                 ///< -seek_timestamp: -ss names a timestamp of the file.
};

/// Where an input begins, once it was opened and its reading position set.
struct InputTime {
  std::int64_t offset = 0;  ///< Added to the input's timestamps, microseconds.
  media::InputSpan span;
  bool keep_timestamps = false;
  bool may_start_late = false;  ///< See media::StreamTable.
};

/// Moves `input`, just opened, to where `options` want to begin: to a point from which everything after
/// it can be decoded. What it could not do is added to `remarks`, a sentence each. Call before streams
/// are chosen, since what is discarded is no longer found.
[[nodiscard]] InputTime seek_to_start(AVFormatContext& input, const InputTimeOptions& options,
                                      std::vector<std::string>& remarks);

/// Knows when an input has nothing more to give because every stream passed the end that -t set.
class ReadLimit {
 public:
  ReadLimit(const media::InputSpan& span, std::size_t streams);

  /// A stream that is taken. `decoded`: its duration counts from its first frame. `sparse`: a stream of
  /// few packets, whose end others may tell.
  void expect(int stream, bool decoded, bool sparse);
  /// A packet (copied) or a frame (decoded) of the stream at `time`, microseconds.
  void look(int stream, std::int64_t time);
  [[nodiscard]] bool reached() const noexcept { return limited_ && open_ == 0; }

 private:
  struct Stream {
    bool open = false;
    bool decoded = false;
    bool sparse = false;
    std::optional<std::int64_t> first;
  };
  void close(Stream& stream);

  media::InputSpan span_;
  bool limited_;
  std::vector<Stream> streams_;
  std::size_t open_ = 0;
};

}  // namespace latham::decoder
