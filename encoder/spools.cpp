// SPDX-License-Identifier: MIT
#include "encoder/spools.h"

#include <malloc.h>

#include <algorithm>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "stage/whole_file.h"

extern "C" {
#include <libavutil/mathematics.h>
}

namespace latham::encoder {
namespace {

std::vector<control::Segment> read_list(const UniqueFd& fd) {
  constexpr std::int64_t kMostBytes = std::int64_t{64} << 20;
  const std::vector<std::byte> bytes =
      stage::read_whole(fd.get(), kMostBytes, "the list of segments");
  std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  std::vector<control::Segment> segments;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const auto message = control::parse(text.substr(0, end));
    auto segment = message ? control::segment_from(*message) : std::nullopt;
    if (!segment) throw std::runtime_error("the list of segments makes no sense");
    segments.push_back(std::move(*segment));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return segments;
}

std::int64_t end_of(const std::vector<control::Segment>& segments) {
  std::int64_t end = 0;
  for (const control::Segment& segment : segments)
    end = std::max(end, segment.offset + segment.bytes);
  return end;
}

}  // namespace

Spools::Pictures::Pictures(int stream, UniqueFd file, std::vector<control::Segment> kept,
                           const Options& options, stage::Stage& stage)
    : spool(std::move(file), options.name, end_of(kept)),
      segments(stream, options.segment_us, std::move(kept), spool,
               [&stage](const control::Segment& closed) {
                 stage.status().say(control::segment_message(closed));
               }) {}

Spools::Spools(std::vector<stage::SpoolFile> files, const Options& options, stage::Stage& stage)
    : stage_(stage) {
  // x264 also reads memory that it has not written. All new memory is zero then, whether it was used before,
  // by an encoder of an earlier segment, or not.
  ::mallopt(M_PERTURB, 0xff);
  for (stage::SpoolFile& file : files) {
    if (file.stream) {
      pictures_.try_emplace(*file.stream, *file.stream, std::move(file.packets),
                            read_list(file.segments), options, stage);
    } else {
      beside_.try_emplace(file.input, std::move(file.packets), options.name, 0)
          .first->second.begin_part();
    }
  }
}

void Spools::append(const PlannedStream& planned, AVPacket& packet) {
  packet.stream_index = planned.index;
  const auto pictures = pictures_.find(planned.index);
  (pictures != pictures_.end() ? pictures->second.spool : beside_.at(planned.input)).append(packet);
}

std::int64_t Spools::bytes() const noexcept {
  std::int64_t all = 0;
  for (const auto& [stream, pictures] : pictures_) all += pictures.spool.bytes();
  for (const auto& [input, spool] : beside_) all += spool.bytes();
  return all;
}

void Spools::advance(Source& source) {
  source.has_next = source.reader.next(source.next);
  if (source.has_next && source.dates) source.dates->correct(*source.next);
}

bool Spools::is_before(const AVPacket& a, const AVPacket& b) const {
  if (a.dts == AV_NOPTS_VALUE || b.dts == AV_NOPTS_VALUE)
    return a.dts == AV_NOPTS_VALUE && b.dts != AV_NOPTS_VALUE;
  return av_compare_ts(a.dts, time_bases_.at(a.stream_index), b.dts,
                       time_bases_.at(b.stream_index)) < 0;
}

void Spools::replay(const Give& give) {
  std::deque<Source> sources;
  for (auto& [stream, pictures] : pictures_) sources.emplace_back(pictures.spool).dates.emplace();
  for (auto& [input, spool] : beside_) sources.emplace_back(spool);
  for (Source& source : sources) advance(source);
  for (;;) {
    Source* first = nullptr;
    for (Source& source : sources)
      if (source.has_next && (first == nullptr || is_before(*source.next, *first->next)))
        first = &source;
    if (first == nullptr) return;
    give(first->next->stream_index, *first->next);
    advance(*first);
    stage_.serve();
  }
}

}  // namespace latham::encoder
