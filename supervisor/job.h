// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace latham::supervisor {

enum class Transport : std::uint8_t { shm, pipe };
/// As --transport and the link messages spell it.
[[nodiscard]] constexpr std::string_view word(Transport transport) noexcept {
  return transport == Transport::shm ? "shm" : "pipe";
}

enum class LogFormat : std::uint8_t { text, json };

/// An option of one file, on its way to the stage that understands it.
struct FileOption {
  /// Without its dash, with its stream specifier, each option in one spelling: "c:v" for -vcodec.
  std::string name;
  std::optional<std::string> value;  ///< Nothing for a switch such as -an.

  bool operator==(const FileOption&) const = default;
};
/// In the order of the command line: where two fit, the last one counts.
using FileOptions = std::vector<FileOption>;

[[nodiscard]] bool has(const FileOptions& options, std::string_view name);
/// The value that counts; empty where the option was not given.
[[nodiscard]] std::string value_of(const FileOptions& options, std::string_view name);
/// The same as a number; nothing where it is none.
[[nodiscard]] std::optional<std::int64_t> number_of(const FileOptions& options,
                                                    std::string_view name);

struct Input {
  std::string name;  ///< As given; "-" is standard input.
  FileOptions options;
};

struct Output {
  std::string name;  ///< As given; "-" is standard output.
  FileOptions options;
};

/// Options that belong to no file.
struct Globals {
  bool overwrite = false;        ///< -y
  bool keep_existing = false;    ///< -n
  bool stop_on_error = false;    ///< -xerror
  bool hdr10 = true;             ///< Not --no-hdr10.
  bool show_progress = true;     ///< Not -nostats.
  bool always_progress = false;  ///< -stats: whatever -loglevel says.
  bool keep_timestamps = false;  ///< -copyts
  bool start_at_zero = false;    ///< -start_at_zero
  std::optional<int> loglevel;   ///< ffmpeg's number.
  LogFormat log_format = LogFormat::text;
  std::string progress_target;  ///< -progress; empty where it was not given.
  std::optional<std::chrono::milliseconds> stats_period;
  Transport transport = Transport::shm;
  std::uint32_t slots = 64;         ///< Frames that fit into one edge's pool.
  bool verify = false;              ///< Read the output back before it gets its name.
  bool view = false;                ///< A window shows what the encoder is given.
  bool keep_view = false;           ///< It stays open after the job.
  bool resumable = false;           ///< What was encoded outlives the job.
  std::optional<double> segment_s;  ///< Seconds of a segment of a resumable job, where given.
  [[nodiscard]] double segment_or_default_s() const { return segment_s.value_or(10); }
  std::uint32_t stage_retries = 0;  ///< How often the job begins again after a stage has crashed.
  bool skip_bad = false;            ///< Leave out packets that kill their decoder.
  double stage_timeout_s = 0.0;  ///< Seconds without progress before a stage is killed; 0 is never.
};

/// One transcode, as the command line asked for it. Plain data: nothing was opened or looked at.
struct Job {
  std::vector<Input> inputs;    ///< At least one.
  std::vector<Output> outputs;  ///< At least one.
  Globals globals;
};

}  // namespace latham::supervisor
