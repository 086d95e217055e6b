// SPDX-License-Identifier: MIT
#include "encoder/encoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "encoder/ahead.h"
#include "encoder/beside.h"
#include "encoder/beside_encoders.h"
#include "encoder/counters.h"
#include "encoder/frame_limit.h"
#include "encoder/in_step.h"
#include "encoder/muxer.h"
#include "encoder/needs.h"
#include "encoder/options.h"
#include "encoder/output_plan.h"
#include "encoder/video_track.h"
#include "encoder/wants.h"
#include "media/av_log.h"
#include "media/late_filters.h"
#include "media/messages.h"
#include "stage/channel_end.h"

namespace latham::encoder {
namespace {

std::vector<media::StreamTable> read_tables(stage::Stage& stage, std::size_t inputs) {
  std::vector<media::StreamTable> tables;
  for (const std::vector<std::byte>& bytes : stage.take_tables(inputs))
    tables.push_back(media::read_table(bytes));
  return tables;
}

/// The encoder at work: chooses its streams, then drains all channels, so that their order cannot block a
/// decoder.
class Job {
 public:
  Job(stage::Stage& stage, const Options& options)
      : stage_(stage),
        options_(options),
        tables_(read_tables(stage, options.inputs)),
        plan_(options, tables_),
        limit_(plan_.is_limited()),
        in_step_(streams_that_count(options, plan_)) {
    for (const PlannedStream& planned : plan_.streams())
      if (is_picture(planned))
        video_options_.emplace(planned.index, video_options(options, plan_, planned));
    say_wants();
    constexpr const char* kTargets[] = {"file", "none", "self"};
    wiring_ = &stage.connect({{"output", kTargets[static_cast<int>(options.target())]},
                              {"libraries", av_version_info()},
                              {"limited", plan_.may_end_early() ? "1" : "0"}});
    open();
    if (options.to_the_end && in_step_.active())
      ahead_.emplace(in_step_, options.inputs, beside_, video_);
    stage_.report([this] { return counters(); });
  }

  stage::Counters run() {
    for (const std::string& remark : plan_.remarks()) stage_.status().warning(remark);
    for (const auto& [stream, o] : video_options_)
      for (const std::string& remark : o.remarks) stage_.status().warning(remark);
    bool busy = true;
    while (!all_ended()) {
      stage_.serve();
      if (!busy) stage_.wait([this] { return has_news(); });
      busy = false;
      for (Beside& beside : beside_) busy = take_messages(beside) || busy;
      for (VideoTrack& track : video_) busy = take_frame(track) || busy;
      if (in_step_.active()) look_for_the_end();
      if (ahead_) heed_the_others(busy);
      if (!is_cut() && !is_full()) continue;
      // Nothing more to wait for: the supervisor stops the stages before us, once nobody else needs them.
      if (!options_.to_the_end) break;
      if (!std::exchange(said_full_, true)) stage_.status().say({"full", {}, {}});
    }
    if (limit_.end()) cut();
    if (!muxer_->has_header()) muxer_->all_was_read();
    for (const Beside& beside : beside_)
      if (!beside.ended()) encoders_->finish(beside.input());
    for (VideoTrack& track : video_) track.finish();
    if (muxer_->has_packets())
      for (VideoTrack& track : video_) track.open_without_frames();
    muxer_->finish();
    if (!muxer_->has_header())
      throw StageFailure(
          FailureKind::failed,
          fmt::format("write '{}': no frame arrived, nothing was written", options_.name));
    account();
    return counters();
  }

 private:
  /// By input: with -shortest and -frames the first stream with an end of its own, which may be that of all.
  static std::vector<std::optional<int>> streams_that_count(const Options& options,
                                                            const OutputPlan& plan) {
    std::vector<std::optional<int>> first(options.inputs);
    if (!options.shortest && !plan.is_limited()) return first;
    for (const PlannedStream& planned : plan.streams())
      if (planned.type() == AVMEDIA_TYPE_VIDEO || planned.type() == AVMEDIA_TYPE_AUDIO)
        if (!first[planned.input]) first[planned.input] = planned.index;
    return first;
  }

  static bool is_picture(const PlannedStream& planned) {
    return planned.encoded() && planned.type() == AVMEDIA_TYPE_VIDEO;
  }

  /// Tells the supervisor what to bring, a line for each stream.
  void say_wants() {
    for (const PlannedStream& planned : plan_.streams()) {
      if (!planned.of_input()) continue;
      const auto video = video_options_.find(planned.index);
      stage_.status().say(
          {"wants",
           wants_of(planned, video != video_options_.end() ? &video->second : nullptr),
           {}});
    }
  }

  void open() {
    if (options_.segment_us > 0) spools_.emplace(wiring_->take_spools(), options_, stage_);
    muxer_.emplace(options_, plan_, wiring_->take_output(), spools_ ? &*spools_ : nullptr);
    const auto warn = [this](const std::string& text) { stage_.status().warning(text); };
    muxer_->on_warning(warn);
    for (stage::PacketsIn& in : wiring_->packets_in()) beside_.emplace_back(in);
    encoders_.emplace(options_, plan_, *muxer_);
    for (PlannedStream& planned : plan_.streams()) {
      if (!is_picture(planned)) continue;
      const auto mode =
          fps_mode(options_.fps_mode, *options_.format, tables_[planned.input].may_start_late);
      if (!mode)
        throw StageFailure(
            FailureKind::usage,
            fmt::format("-fps_mode {}: unknown; one of auto, passthrough, cfr, vfr, drop",
                        options_.fps_mode));
      auto& ends = wiring_->frames_in();
      const auto in = std::find_if(ends.begin(), ends.end(), [&](const stage::FrameIn& end) {
        return end.stream == planned.index;
      });
      if (in == ends.end())
        throw std::runtime_error(fmt::format("no edge brings stream {}", planned.index));
      video_.emplace_back(video_options_.at(planned.index), planned, *mode, *in->receiver, limit_,
                          *muxer_);
      video_.back().on_warning(warn);
    }
  }

  [[nodiscard]] bool all_ended() const {
    return std::all_of(video_.begin(), video_.end(),
                       [](const VideoTrack& track) { return track.ended(); }) &&
           std::all_of(beside_.begin(), beside_.end(),
                       [](const Beside& beside) { return beside.ended(); });
  }

  /// Every stream has all that -frames or -t let into the output. Subtitles alone go on to their end.
  [[nodiscard]] bool is_full() const {
    if (encoders_->subtitle_streams() == plan_.streams().size()) return false;
    return muxer_->copies_ended() &&
           std::all_of(video_.begin(), video_.end(),
                       [](const VideoTrack& track) { return track.done(); }) &&
           encoders_->sound_done();
  }

  [[nodiscard]] bool has_news() const {
    return (ahead_ && (stage_.has(control::Command::ahead) || ahead_->has_news())) ||
           std::any_of(video_.begin(), video_.end(),
                       [this](const VideoTrack& track) {
                         return may_take(track.input()) && track.ready();
                       }) ||
           std::any_of(beside_.begin(), beside_.end(), [this](const Beside& beside) {
             return may_take(beside.input()) && beside.ready(known_up_to(beside.input()));
           });
  }

  /// Once the output has all that belongs into it nobody waits for another input.
  [[nodiscard]] bool may_take(std::size_t input) const {
    return limit_.end() || said_full_ || in_step_.may_take(input);
  }

  /// Tells the encoders that share our inputs what we lack, and takes ahead of its turn what they lack.
  void heed_the_others(bool went_on) {
    const auto now = Ahead::Clock::now();
    if (went_on || said_full_)
      ahead_->went_on(now);
    else if (const auto input = ahead_->lacking(now))
      stage_.status().say({"lacks", {{"input", fmt::format("{}", *input)}}, {}});
    if (const auto wish = stage_.take(control::Command::ahead))
      ahead_->wanted(wish->number("input").value_or(-1));
    ahead_->take();
  }

  bool take_frame(VideoTrack& track) {
    if (!may_take(track.input()) || !track.take()) return false;
    // What was given before this frame has arrived, and may be the last that -frames lets in.
    if (limit_.active())
      for (Beside& beside : beside_)
        while (take_messages(beside)) {
        }
    track.encode();
    in_step_.reached(track.input(), track.time_us());
    look_for_the_limit(track.place());
    return true;
  }

  /// With -frames, as ffmpeg has it: the first of the streams that go on ends all when it has its fill.
  void look_for_the_limit(const Place& place) {
    if (!limit_.active() || limit_.end()) return;
    for (const PlannedStream& planned : plan_.streams()) {
      const auto [full, done] = state_of(planned);
      if (full) limit_.end_at(place);
      if (full || !done) return;
    }
  }

  /// Whether a stream has all that -frames lets into the output, and whether it goes on no more for any reason.
  [[nodiscard]] std::pair<bool, bool> state_of(const PlannedStream& planned) const {
    if (!planned.encoded())
      return {muxer_->copy_full(planned.index), muxer_->copy_ended(planned.index)};
    for (const VideoTrack& track : video_)
      if (track.stream() == planned.index) return {track.encoder().full(), track.done()};
    if (const AudioEncoder* sound = encoders_->sound(planned.index))
      return {sound->full(), sound->done()};
    return {false, false};
  }

  /// What lies beside the pictures of `input` and was given later may be too late: whether they have their fill
  /// before is not known yet.
  [[nodiscard]] std::int64_t known_up_to(std::size_t input) const {
    if (!limit_.active() || limit_.end()) return INT64_MAX;
    std::int64_t known = INT64_MAX;
    for (const VideoTrack& track : video_)
      if (track.input() == input && track.limited() && !track.ended() && !track.done())
        known = std::min(known, track.place().packets_read);
    return known;
  }

  /// -frames has ended the output, and all that was given before is in it.
  [[nodiscard]] bool is_cut() const {
    if (!limit_.end()) return false;
    const std::size_t input = limit_.end()->input;
    const std::int64_t last = limit_.end()->packets_read;
    return std::all_of(video_.begin(), video_.end(),
                       [&](const VideoTrack& track) {
                         return track.input() != input || track.ended() || track.done() ||
                                track.place().packets_read > last;
                       }) &&
           std::all_of(beside_.begin(), beside_.end(), [&](const Beside& beside) {
             return beside.input() != input || beside.is_past(last);
           });
  }

  void cut() {
    for (VideoTrack& track : video_) track.cut();
    encoders_->cut();
  }

  /// An input that has ended ends the others where the shortest of its streams does.
  void look_for_the_end() {
    for (std::size_t input = 0; input < options_.inputs; ++input) {
      const bool open =
          std::any_of(video_.begin(), video_.end(),
                      [&](const VideoTrack& t) { return t.input() == input && !t.ended(); }) ||
          std::any_of(beside_.begin(), beside_.end(),
                      [&](const Beside& b) { return b.input() == input && !b.ended(); });
      if (open || in_step_.has_ended(input)) continue;
      in_step_.ended(input);
      if (!options_.shortest) continue;
      std::int64_t end_us = muxer_->copies_end_us(input);
      for (const VideoTrack& track : video_)
        if (track.input() == input) end_us = std::min(end_us, track.encoder().time_us());
      end_us = std::min(end_us, encoders_->end_us(input));
      if (end_us == INT64_MAX) continue;
      muxer_->end_copies_at(end_us);
      for (VideoTrack& track : video_) track.end_at(end_us);
      encoders_->end_at(end_us);
    }
  }

  /// At most as many as keep the frames flowing; true if there was any.
  bool take_messages(Beside& beside) {
    bool any = false;
    for (int n = 0; n < 64 && may_take(beside.input()); ++n) {
      const transport::Status status = beside.next(message_, known_up_to(beside.input()));
      if (status == transport::Status::again) break;
      if (status != transport::Status::ok)
        stage::throw_not_taken(status, "packets", frames_in(video_));
      any = true;
      const Place place{beside.input(), media::packets_read(message_)};
      if (!limit_.lets_in(place)) {
        if (media::kind_of(message_) == media::MessageKind::end) {
          cut();
          end_beside(beside);
        }
        continue;
      }
      muxer_->at(place);
      handle_message(beside);
      look_for_the_limit(place);
    }
    return any;
  }

  void handle_message(Beside& beside) {
    const std::size_t input = beside.input();
    switch (media::kind_of(message_)) {
      case media::MessageKind::packet: {
        const media::CopiedPacket packet = media::read_packet(message_);
        in_step_.reached(input, packet.clock_us);
        muxer_->write_copied(packet);
        break;
      }
      case media::MessageKind::audio:
        in_step_.reached(input, encoders_->encode_sound(input, message_));
        break;
      case media::MessageKind::subtitle_track:
        encoders_->begin_subtitles(input, message_);
        break;
      case media::MessageKind::subtitle:
        encoders_->encode_subtitle(input, message_);
        break;
      case media::MessageKind::progress:
        break;
      case media::MessageKind::mark:
        throw std::runtime_error("message between stages: a seek in a job that goes straight on");
      case media::MessageKind::end:
        end_beside(beside);
        break;
    }
  }

  void end_beside(Beside& beside) {
    encoders_->finish(beside.input());
    muxer_->end_copies_of(beside.input());
    beside.end();
  }

  /// What became of each stream.
  void account() {
    const bool whole =
        !limit_.end() && std::all_of(beside_.begin(), beside_.end(),
                                     [](const Beside& beside) { return beside.ended(); });
    for (auto& fields : muxer_->accounts()) {
      encoders_->account(fields);
      // Less than was given may have come where it stopped before the end.
      fields.emplace("whole", whole ? "1" : "0");
      stage_.status().stream(std::move(fields));
    }
  }

  [[nodiscard]] stage::Counters counters() const {
    return counters_of(video_options_, video_, *muxer_);
  }

  stage::Stage& stage_;
  const Options& options_;
  std::vector<media::StreamTable> tables_;
  OutputPlan plan_;
  FrameLimit limit_;
  InStep in_step_;
  std::map<int, VideoOptions> video_options_;  ///< By stream of the output.
  stage::Wiring* wiring_ = nullptr;
  std::optional<Spools> spools_;
  std::optional<Muxer> muxer_;
  std::deque<VideoTrack> video_;
  std::optional<BesideEncoders> encoders_;
  std::deque<Beside> beside_;
  std::optional<Ahead> ahead_;  ///< Where others share our inputs.
  std::vector<std::byte> message_;
  bool said_full_ = false;
};

}  // namespace

stage::Counters encode_stream(stage::Stage& stage, int argc, char** argv) {
  const Options options = read_options(argc, argv);
  media::capture_log("encoder", options.log_level);
  const sandbox::Access access = needs(options);
  media::load_filters_if_never_later();
  stage.confine(access);
  return Job(stage, options).run();
}

}  // namespace latham::encoder
