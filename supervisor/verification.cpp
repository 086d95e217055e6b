// SPDX-License-Identifier: MIT
#include "supervisor/verification.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace latham::supervisor {
namespace {

using namespace std::string_view_literals;

using Stream = control::Message;

/// Containers with coarse clocks round; more than this is heard and seen.
constexpr std::int64_t kOffsetTolerance_us = 25'000;
/// Sound ends with its last whole packet, which readers may cut or fill up.
constexpr std::int64_t kSoundTolerance_us = 150'000;

[[noreturn]] void fail(const std::string& file, const std::string& what) {
  throw not_verified(file, what);
}

double seconds(std::int64_t us) {
  return static_cast<double>(us) / 1e6;
}

std::string title(const Stream& stream) {
  return fmt::format("{} stream {}", stream.get("type", "unknown"), stream.get("index"));
}

/// Streams of one type in the order of their indices, which the container may have changed.
std::vector<const Stream*> of_type(const StageCounts& stage, const std::string& type) {
  std::vector<const Stream*> found;
  for (const Stream& stream : stage.streams) {
    if (stream.get("type") == type) found.push_back(&stream);
  }
  std::sort(found.begin(), found.end(), [](const Stream* a, const Stream* b) {
    return a->number("index").value_or(0) < b->number("index").value_or(0);
  });
  return found;
}

std::optional<std::int64_t> length_us(const Stream& stream) {
  const auto first = stream.number("first_us");
  const auto end = stream.number("end_us");
  if (!first || !end) return std::nullopt;
  return *end - *first;
}

void compare_count(const std::string& file, const std::string& what,
                   std::optional<std::int64_t> written, std::optional<std::int64_t> read) {
  if (!written || !read || *written == *read) return;
  fail(file, fmt::format("{}: {} were written, {} came back", what, *written, *read));
}

bool is_dated(const Stream& stream) {
  return !stream.get("pts").empty() && stream.number("undated").value_or(0) == 0;
}

void compare_pictures(const std::string& file, const Stream& written, const Stream& read) {
  const std::string name = title(written);
  compare_count(file, name + ": packets", written.number("packets"), read.number("packets"));
  if (!is_dated(written) || !is_dated(read)) return;
  if (written.get("time_base") == read.get("time_base") && written.get("pts") != read.get("pts"))
    fail(file, fmt::format("{}: its timestamps are not those that were written", name));
  if (const auto disordered = read.number("disordered").value_or(0); disordered > 0)
    fail(file, fmt::format("{}: {} frames come back in the wrong order", name, disordered));
}

/// Demuxers may cut sound into other packets, so it is compared by its length.
void compare_sound(const std::string& file, const Stream& written, const Stream& read) {
  const auto before = length_us(written);
  const auto after = length_us(read);
  if (!before || !after || std::llabs(*before - *after) <= kSoundTolerance_us) return;
  fail(file, fmt::format("{}: {:.3f} s were written, {:.3f} s came back", title(written),
                         seconds(*before), seconds(*after)));
}

void compare_errors(const std::string& file, const Stream& read) {
  const auto errors = read.number("errors").value_or(0);
  if (errors > 0) fail(file, fmt::format("{}: {} errors when decoded", title(read), errors));
}

/// Where a stream begins against the picture.
std::optional<std::int64_t> offset_us(const Stream& stream, const Stream& picture) {
  const auto begin = stream.number("first_us");
  const auto zero = picture.number("first_us");
  if (!begin || !zero || !is_dated(stream) || !is_dated(picture)) return std::nullopt;
  return *begin - *zero;
}

void compare_offset(const std::string& file, const Stream& written,
                    std::optional<std::int64_t> before, std::optional<std::int64_t> after) {
  if (!before || !after || std::llabs(*before - *after) <= kOffsetTolerance_us) return;
  fail(file, fmt::format("{}: begins {:.3f} s after the picture, {:.3f} s was written",
                         title(written), seconds(*after), seconds(*before)));
}

}  // namespace

Job verification_job(const Output& output, const Globals& globals) {
  Job job;
  job.inputs.push_back({output.name, {{"-read-all", std::nullopt}}});
  job.outputs.push_back({"-", {{"f", "null"}, {"fps_mode", "passthrough"}}});
  job.globals.loglevel = globals.loglevel;
  job.globals.transport = globals.transport;
  job.globals.slots = globals.slots;
  job.globals.stage_timeout_s = globals.stage_timeout_s;
  job.globals.show_progress = false;
  return job;
}

Failure not_verified(const std::string& file, const std::string& reason) {
  return {ExitCode::mismatch, fmt::format("verify '{}': {}; the file was not kept", file, reason)};
}

Verified compare_with_written(const std::string& file, const StageCounts& written,
                              const StageCounts& read) {
  Verified verified;
  const auto pictures = of_type(written, "video");
  const auto pictures_read = of_type(read, "video");
  // Of one stream of pictures only: others are not decoded when they are read back.
  if (pictures.size() == 1 && !pictures[0]->number("refused"))
    compare_count(file, "frames", written.counts.number("encoded"), read.counts.number("decoded"));
  verified.frames = read.counts.number("decoded").value_or(0);
  for (const char* type : {"video", "audio", "subtitle"}) {
    const auto before = of_type(written, type);
    const auto after = of_type(read, type);
    for (std::size_t i = 0; i < before.size(); ++i) {
      if (before[i]->number("packets").value_or(0) == 0) continue;
      if (i >= after.size()) fail(file, fmt::format("{}: is not in it", title(*before[i])));
      // What was copied may have been damaged already.
      if (!before[i]->number("refused")) compare_errors(file, *after[i]);
      if (type == "video"sv) compare_pictures(file, *before[i], *after[i]);
      if (type == "audio"sv) compare_sound(file, *before[i], *after[i]);
      if (type == "audio"sv && !pictures.empty() && !pictures_read.empty()) {
        const auto offset = offset_us(*after[i], *pictures_read[0]);
        compare_offset(file, *before[i], offset_us(*before[i], *pictures[0]), offset);
        if (!verified.av_offset_us) verified.av_offset_us = offset;
      }
      ++verified.streams;
    }
  }
  return verified;
}

}  // namespace latham::supervisor
