// SPDX-License-Identifier: MIT
#include "supervisor/resumption.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "supervisor/failure.h"
#include "supervisor/inherited.h"
#include "supervisor/output_failure.h"
#include "supervisor/stream_tables.h"
#include "system/checksum.h"
#include "system/error.h"
#include "system/uninterrupted.h"

namespace latham::supervisor {
namespace {

constexpr const char* kPlan = "plan";
constexpr const char* kFinished = "finished";
constexpr std::string_view kSegment = "segment-";

[[noreturn]] void refuse(const std::string& line) {
  throw Failure(ExitCode::usage, "--resumable: " + line);
}

/// The folder's path, for a job that can be done in parts.
std::string folder_for(const Resumption::Place& place, const EncoderFacts& encoder) {
  const Output& output = place.job.outputs[place.output];
  for (std::size_t i = 0; i < place.inputs.size(); ++i)
    if (!is_repeatable(place.job.inputs[i], place.inputs[i].fd.get()))
      refuse(fmt::format("'{}' cannot be read again from its beginning; save it to a file first",
                         place.inputs[i].name));
  for (const FileOption& option : output.options)
    if (option.name == "pass" || option.name.starts_with("pass:"))
      refuse(
          "-pass looks at the whole film at once, segments do not; leave one of the two out, or "
          "use -crf");
  const std::string path = path_of(output.name);
  struct stat st {};
  const bool special = ::stat(path.c_str(), &st) == 0 && !S_ISREG(st.st_mode);
  if (is_descriptor(output.name) || special || encoder.output != OutputKind::file)
    refuse(fmt::format("'{}' is no ordinary file, which is written once it is whole", output.name));
  return final_path(path) + ".latham";
}

std::string record_name(const control::Segment& segment) {
  return fmt::format("{}{}-{:08}", kSegment, segment.stream, segment.number);
}

bool is_spool(std::string_view name) {
  return name.starts_with("pictures-") || name.starts_with("beside-");
}

/// Whether these bytes are there and have this hash.
bool is_whole(int fd, const control::Segment& segment, const WhileWaiting& while_waiting) {
  std::vector<std::byte> block(std::size_t{1} << 20);
  Checksum checksum;
  for (std::int64_t done = 0; done < segment.bytes;) {
    const auto most =
        std::min<std::int64_t>(static_cast<std::int64_t>(block.size()), segment.bytes - done);
    const ssize_t got = uninterrupted([&] {
      return ::pread(fd, block.data(), static_cast<std::size_t>(most), segment.offset + done);
    });
    if (got <= 0) return false;
    checksum.add(std::span(block).first(static_cast<std::size_t>(got)));
    done += got;
    while_waiting();
  }
  return segment.hash == fmt::format("{:016x}", checksum.value());
}

UniqueFd sealed_list(const std::vector<control::Segment>& segments) {
  std::string text;
  for (const control::Segment& segment : segments)
    text += control::format(control::segment_message(segment));
  UniqueFd memory = create_table();
  if (uninterrupted([&] { return ::write(memory.get(), text.data(), text.size()); }) !=
      static_cast<ssize_t>(text.size()))
    throw_errno("write a list of segments");
  return seal_table(std::move(memory));
}

}  // namespace

Resumption::Resumption(const Place& place, const EncoderFacts& encoder,
                       const std::string& libraries, Report& report)
    : output_(place.job.outputs[place.output].name),
      final_(final_path(path_of(output_))),
      folder_(folder_for(place, encoder)),
      plan_(resume_plan(place.job, place.output, place.inputs, libraries)),
      report_(report),
      holds_nothing_(folder_.is_new()) {
  std::string text;
  const UniqueFd output(::open(final_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (output && folder_.read(kFinished, text) == StateFolder::Found::whole)
    finished_ = text == text_of(plan_) + identity_of(output.get(), true).value_or("") + "\n";
}

void Resumption::begin(const EncoderFacts& encoder, const WhileWaiting& while_waiting) {
  std::string text;
  const StateFolder::Found found = folder_.read(kPlan, text);
  const auto begin_anew = [&](const std::string& what) {
    refuse(fmt::format("{}; run the job as before, or remove '{}' to begin anew", what,
                       folder_.path()));
  };
  if (found == StateFolder::Found::damaged)
    begin_anew(fmt::format("'{}/plan' is damaged", folder_.path()));
  if (found == StateFolder::Found::nothing) {
    folder_.write(kPlan, text_of(plan_));
    holds_nothing_ = true;
  }
  if (found == StateFolder::Found::whole)
    if (const auto other = difference(plan_, text))
      begin_anew(fmt::format("'{}' was begun by another job ({})", output_, *other));

  for (const Want& want : encoder.wants) {
    if (want.as != Want::As::frames) {
      beside_.insert(want.input);
      continue;
    }
    const std::string name = fmt::format("pictures-{}", want.stream);
    pictures_.push_back({want.stream, name, folder_.open(name, false), {}, 0});
    read_segments(pictures_.back(), while_waiting);
  }
}

void Resumption::read_segments(Pictures& pictures, const WhileWaiting& while_waiting) {
  const std::string prefix = fmt::format("{}{}-", kSegment, pictures.stream);
  for (const std::string& name : folder_.names()) {
    if (!name.starts_with(prefix) || name.ends_with(".new")) continue;
    if (auto segment = read_segment(pictures, name, while_waiting)) {
      pictures.end = std::max(pictures.end, segment->offset + segment->bytes);
      pictures.segments.push_back(std::move(*segment));
    } else {
      report_.warning(
          "", fmt::format("'{}/{}' is damaged; the segment is made again", folder_.path(), name));
    }
  }
}

std::optional<control::Segment> Resumption::read_segment(const Pictures& pictures,
                                                         const std::string& name,
                                                         const WhileWaiting& while_waiting) {
  std::string text;
  if (folder_.read(name, text) != StateFolder::Found::whole) return std::nullopt;
  const auto message = control::parse(std::string_view(text).substr(0, text.find('\n')));
  auto segment = message ? control::segment_from(*message) : std::nullopt;
  if (!segment || segment->stream != pictures.stream || record_name(*segment) != name ||
      !is_whole(pictures.packets.get(), *segment, while_waiting))
    return std::nullopt;
  return segment;
}

void Resumption::hand_over(Stage& encoder) const {
  std::size_t kept = 0;
  for (const Pictures& pictures : pictures_) kept += pictures.segments.size();
  if (kept > 0)
    report_.note(fmt::format("going on with '{}': {} of its segments are there", output_, kept));
  for (const Pictures& pictures : pictures_) {
    const UniqueFd list = sealed_list(pictures.segments);
    const std::array fds = {pictures.packets.get(), list.get()};
    encoder.link({"spool", {{"stream", fmt::format("{}", pictures.stream)}}, {}}, fds);
  }
  for (const std::size_t input : beside_) {
    const UniqueFd packets = folder_.open(fmt::format("beside-{}", input), true);
    const std::array fds = {packets.get()};
    encoder.link({"spool", {{"input", fmt::format("{}", input)}}, {}}, fds);
  }
}

void Resumption::keep(const control::Message& line) {
  const auto segment = control::segment_from(line);
  if (!segment) return;
  for (Pictures& pictures : pictures_) {
    if (pictures.stream != segment->stream) continue;
    // As much of the disk as it says must have been written: no records without end.
    struct stat st {};
    if (segment->bytes == 0 || segment->offset < pictures.end ||
        ::fstat(pictures.packets.get(), &st) != 0 || segment->offset + segment->bytes > st.st_size)
      throw Failure(ExitCode::failed,
                    fmt::format("the encoder says of '{}' what cannot be: segment {} of {} bytes",
                                output_, segment->number, segment->bytes));
    pictures.end = segment->offset + segment->bytes;
    holds_nothing_ = false;
    folder_.sync(pictures.name, pictures.packets.get());
    folder_.write(record_name(*segment), control::format(control::segment_message(*segment)));
  }
}

void Resumption::finish(int output) const {
  folder_.write(kFinished, text_of(plan_) + identity_of(output, true).value_or("") + "\n");
}

Resumption::~Resumption() {
  if (holds_nothing_) remove();
}

void Resumption::remove() try {
  holds_nothing_ = false;
  // `finished` alone says that the output is whole, so it goes last, and once the others are gone for good.
  for (const std::string& name : folder_.names())
    if (name == kPlan || name == "output" || name.starts_with(kSegment) || is_spool(name) ||
        (name.starts_with(kPlan) && name.ends_with(".new")))
      folder_.remove(name);
  folder_.remove(std::string(kFinished) + ".new");
  folder_.sync_names();
  folder_.remove(kFinished);
  folder_.remove_folder();
} catch (const std::exception& failure) {
  report_.warning("", failure.what());
}

}  // namespace latham::supervisor
