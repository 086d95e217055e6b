// SPDX-License-Identifier: MIT
#include "supervisor/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "control/commands.h"
#include "supervisor/failure.h"
#include "supervisor/input_file.h"
#include "supervisor/linking.h"
#include "supervisor/outputs.h"
#include "supervisor/pipeline.h"
#include "supervisor/report.h"
#include "supervisor/retry.h"
#include "supervisor/signals.h"
#include "supervisor/stream_tables.h"
#include "supervisor/succession.h"
#include "supervisor/verdict.h"
#include "supervisor/verification.h"
#include "supervisor/watch.h"

namespace latham::supervisor {
namespace {

bool is_ready(const Stage& stage) {
  return !stage.ready_line.word.empty();
}

std::vector<OpenInput> open_inputs(const Job& job) {
  std::vector<OpenInput> opened;
  for (const Input& input : job.inputs) opened.push_back({input.name, open_input(input)});
  return opened;
}

/// How long the input lasts with all rounds of -stream_loop, if that is known.
std::optional<std::int64_t> length_us(const Input& input, const DecoderFacts& decoder) {
  const std::int64_t rounds = number_of(input.options, "stream_loop").value_or(0);
  if (!decoder.duration_us || rounds < 0 || rounds > INT64_MAX / *decoder.duration_us - 1)
    return std::nullopt;
  return *decoder.duration_us * (rounds + 1);
}

std::string names(const std::vector<Output>& outputs) {
  std::string text;
  for (const Output& output : outputs) text += (text.empty() ? "" : ", ") + output.name;
  return text;
}

/// One job on its way. The members are made in the order of the job's steps, and go in the other.
class Session {
 public:
  enum class Aim : std::uint8_t { write, read_back };
  /// `inputs` as the job names them; all references must outlive this.
  Session(const Job& job, std::string folder, std::vector<OpenInput> inputs, SignalWatch& signals,
          Report& report, ProgressFeed& progress, Aim aim = Aim::write)
      : job_(job),
        folder_(std::move(folder)),
        inputs_(std::move(inputs)),
        signals_(signals),
        report_(report),
        progress_(progress),
        outputs_(job),
        watch_(signals, report, progress,
               {job.globals.stage_timeout_s, false, input().name, names(job.outputs), false,
                aim == Aim::read_back}) {}

  [[nodiscard]] Standing standing(const Failure& failure) const {
    Standing now;
    now.repeatable =
        watch_.interrupted() == 0 && outputs_.can_be_written_again() && can_read_again();
    now.replaces = outputs_.replace();
    for (std::size_t i = 0; i < inputs_.size(); ++i)
      if (failure.crash() && failure.crash()->stage == plan_decoder(job_, i).name)
        now.death = {i, last_position(links_, i)};
    return now;
  }

  int run(Retries& retries) {
    const Succession succession{watch_, pipeline_, job_,    inputs_,
                                links_, folder_,   report_, retries};
    watch_.set_replace([&succession](std::size_t stage, const Failure& crash) {
      return succession.replace(stage, crash);
    });
    if (job_.globals.resumable)
      watch_.set_keep_segment([this](const Stage& encoder, const control::Message& segment) {
        outputs_.keep_segment(encoder, segment);
      });
    start_stages(retries.bad_packets());
    outputs_.open(inputs_, report_, [this] { watch_.pump(std::chrono::milliseconds(0)); });
    if (outputs_.are_finished()) return find_finished();
    watch_.set_remains(outputs_.remains());
    join();
    watch_.await_guests();
    announce();
    start_frames();
    watch_.run();
    return finish(retries.bad_packets());
  }

  /// The part of it that reads: no file, no guests, no report of its own. Returns what the decoder counted.
  [[nodiscard]] StageCounts read_through() {
    start_stages(BadPackets(false));
    watch_.set_remains("nothing was written");
    const Edges edges = join_stages(watch_, pipeline_, job_, outputs_.fds(), links_);
    start_frames();
    watch_.run();
    return watch_.counts().front();
  }

 private:
  [[nodiscard]] bool can_read_again() const {
    for (std::size_t i = 0; i < inputs_.size(); ++i)
      if (!is_repeatable(job_.inputs[i], inputs_[i].fd.get())) return false;
    return true;
  }
  [[nodiscard]] const Input& input() const { return job_.inputs.front(); }

  /// Decoders and encoders start at once, and spare processes for the filters that there will be. The
  /// decoders say what the inputs hold; the encoders choose from that; then it is known which filters there
  /// must be.
  void start_stages(const BadPackets& bad) {
    std::vector<Stage*> decoders;
    std::vector<Stage*> encoders;
    std::vector<UniqueFd> tables;
    for (std::size_t i = 0; i < job_.inputs.size(); ++i) {
      tables.push_back(create_table());
      std::vector<int> fds = {tables[i].get()};
      if (inputs_[i].fd) fds.push_back(inputs_[i].fd.get());
      decoders.push_back(&watch_.start(plan_decoder(job_, i, bad.options(i)), folder_, fds, i));
    }
    for (std::size_t o = 0; o < job_.outputs.size(); ++o)
      encoders.push_back(&watch_.start(plan_encoder(job_, o), folder_, {}, job_.inputs.size() + o));
    for (const Output& output : job_.outputs)
      if (will_filter(output)) spares_.push_back(Stage::spare("filter", folder_));
    until_ready(decoders);
    for (std::size_t i = 0; i < decoders.size(); ++i) {
      decoders_.push_back(decoder_facts(decoders[i]->ready_line));
      const UniqueFd table = seal_table(std::move(tables[i]));
      const std::array fds = {table.get()};
      for (Stage* encoder : encoders)
        encoder->link({"table", {{"input", fmt::format("{}", i)}}, {}}, fds);
    }
    until_ready(encoders);
    std::vector<EncoderFacts> facts;
    for (const Stage* encoder : encoders)
      facts.push_back(encoder_facts(encoder->ready_line, encoder->wants, job_.inputs.size()));
    // With several outputs every encoder takes what its decoders have.
    watch_.set_limited(facts.size() == 1 && facts.front().limited);
    pipeline_ = plan_pipeline(job_, facts);
    for (std::size_t o = 0; o < facts.size(); ++o) outputs_.add(std::move(facts[o]), *encoders[o]);
    if (job_.globals.view) start_viewer();
    std::vector<Stage*> filters;
    for (std::size_t i = decoders.size(); i + encoders.size() < pipeline_.stages.size(); ++i)
      filters.push_back(&start_filter(i));
    spares_.clear();
    until_ready(filters);
  }

  Stage& start_filter(std::size_t place) {
    const StagePlan& plan = pipeline_.stages[place];
    if (spares_.empty()) return watch_.start(plan, folder_, {}, place);
    std::unique_ptr<Stage> spare = std::move(spares_.back());
    spares_.pop_back();
    spare->assign(plan);
    return watch_.add(std::move(spare), place);
  }

  void until_ready(const std::vector<Stage*>& stages) {
    watch_.until([&] {
      return std::all_of(stages.begin(), stages.end(),
                         [](const Stage* stage) { return is_ready(*stage); });
    });
  }

  void join() {
    outputs_.hand_over_spools();
    watch_.open(join_stages(watch_, pipeline_, job_, outputs_.fds(), links_),
                edges_to_show(pipeline_, job_.outputs.size()));
  }

  void start_viewer() {
    std::vector<std::uint32_t> edges = edges_to_show(pipeline_, job_.outputs.size());
    if (edges.empty()) {
      report_.warning("", fmt::format("--view: '{}' has no video to show", input().name));
      return;
    }
    watch_.guests().start(
        plan_viewer(input().name, job_.globals.loglevel, decoders_.front().duration_us), folder_,
        std::move(edges));
  }

  /// Consumers first, so that nobody waits for a stage that has not begun.
  void start_frames() {
    for (std::size_t i = pipeline_.stages.size(); i-- > 0;) watch_.start_frames(watch_.stage(i));
    watch_.begin();
  }

  void announce() {
    std::optional<std::int64_t> longest;
    Expectation expected{0, number_of(job_.outputs.front().options, "frames:v")};
    for (std::size_t i = 0; i < decoders_.size(); ++i) {
      const auto length = length_us(job_.inputs[i], decoders_[i]);
      longest = std::max(longest, decoders_[i].duration_us);
      // As long as the longest; unknown where one is.
      if (!length || !expected.duration_us)
        expected.duration_us.reset();
      else
        expected.duration_us = std::max(*expected.duration_us, *length);
    }
    watch_.set_duration(longest);
    progress_.begin(expected);
    Start start{job_, longest, {}};
    for (std::size_t i = 0; i < pipeline_.stages.size(); ++i)
      start.stages.push_back({watch_.stage(i).name(), watch_.stage(i).process.pid()});
    report_.start(start);
  }

  /// The summary comes last: programs look for it there.
  int finish(const BadPackets& bad) {
    const double elapsed_s = watch_.elapsed_s();
    const std::vector<StageCounts> counts = watch_.counts();
    const int stopped = watch_.interrupted();
    VerdictTerms terms{{}, watch_.limited(), stopped};
    for (const Input& each : job_.inputs) terms.inputs.push_back(each.name);
    if (auto failure = verdict(pipeline_, counts, terms)) throw *failure;
    const int signal = verify_all(counts, stopped);
    std::vector<Summary::Written> files = written();  // while they are open
    outputs_.commit(stopped != 0);
    if (stopped == 0) outputs_.remove_kept();
    progress_.end(counts, elapsed_s);
    if (stopped != 0)
      report_.note(fmt::format("interrupted; {} is finished and ends where the decoder was{}",
                               names(job_.outputs),
                               job_.globals.resumable ? "; the same command with -y goes on" : ""));
    const bool window_stays = signal == 0 && job_.globals.keep_view && watch_.guests().any();
    if (window_stays) report_.note("the window shows the last picture; close it to end");
    report_.summary({std::move(files), elapsed_s, job_.globals.transport, counts, bad.skipped()});
    if (window_stays) watch_.keep_guests();
    watch_.guests().close();
    return signal == 0 ? static_cast<int>(ExitCode::done)
                       : static_cast<int>(ExitCode::interrupted) + signal;
  }

  /// An earlier run was killed after its output had its name.
  int find_finished() {
    outputs_.remove_kept();
    report_.note(fmt::format("{} is finished already", names(job_.outputs)));
    report_.summary({written(), 0, job_.globals.transport, {}});
    return static_cast<int>(ExitCode::done);
  }

  [[nodiscard]] std::vector<Summary::Written> written() const {
    std::vector<Summary::Written> all;
    for (std::size_t o = 0; o < job_.outputs.size(); ++o) {
      const std::optional<OutputFile>& file = outputs_.file(o);
      all.push_back({job_.outputs[o].name, file ? file->bytes() : std::nullopt});
    }
    return all;
  }

  /// Returns `signal`, or the first one that ended a verification.
  [[nodiscard]] int verify_all(std::span<const StageCounts> counts, int signal) {
    const std::size_t first_encoder = counts.size() - job_.outputs.size();
    int cut = 0;
    for (std::size_t o = 0; job_.globals.verify && o < job_.outputs.size(); ++o) {
      if (cut == 0) cut = verify(job_.outputs[o], *outputs_.file(o), counts[first_encoder + o]);
      if (cut != 0)
        report_.warning("", fmt::format("{} is not verified, because of the interruption",
                                        job_.outputs[o].name));
    }
    return signal != 0 ? signal : cut;
  }

  /// Reads back what was written, before it gets its name. Returns the signal that kept us from it, or 0.
  [[nodiscard]] int verify(const Output& output, const OutputFile& file,
                           const StageCounts& encoder) {
    const std::string& name = output.name;
    report_.note(fmt::format("reading {} back", name));
    const Job job = verification_job(output, job_.globals);
    std::vector<OpenInput> written;
    written.push_back({name, file.reopen()});
    ProgressFeed nobody(report_, job.globals);
    try {
      Session reading(job, folder_, std::move(written), signals_, report_, nobody, Aim::read_back);
      report_.verified(name, compare_with_written(name, encoder, reading.read_through()));
      return 0;
    } catch (const Failure& failure) {
      if (failure.code() == static_cast<int>(ExitCode::mismatch)) throw;
      const int signal = failure.code() - static_cast<int>(ExitCode::interrupted);
      if (signal > 0) return signal;
      throw not_verified(name, fmt::format("it cannot be read back: {}", failure.what()));
    }
  }

  const Job& job_;
  std::string folder_;
  std::vector<OpenInput>
      inputs_;  ///< Before signals_: a FIFO without a writer must not outlive Ctrl-C.
  SignalWatch& signals_;
  Report& report_;
  ProgressFeed& progress_;
  std::vector<DecoderFacts> decoders_;
  Pipeline pipeline_;
  Links links_;
  Outputs outputs_;
  std::vector<std::unique_ptr<Stage>> spares_;  ///< Filters that were not yet told what to do.
  Watch watch_;  ///< Last: stages end before the file that they write goes.
};

}  // namespace

int run_transcode(const Job& job, const std::string& folder, std::FILE* out) {
  // Before the signals are taken: a FIFO without a partner must not outlive Ctrl-C.
  std::vector<OpenInput> inputs = open_inputs(job);
  const auto report = Report::make(out, job.globals);
  ProgressFeed progress(*report, job.globals);  // one for all attempts: its reader stays
  SignalWatch signals;
  Job again = job;
  for (Retries retries(job);; inputs = open_inputs(job)) {
    Session session(again, folder, std::move(inputs), signals, *report, progress);
    try {
      return session.run(retries);
    } catch (const Failure& failure) {
      const Standing standing = session.standing(failure);
      report->warning("", retries.next(failure, standing));
      again.globals.overwrite = again.globals.overwrite || standing.replaces;
    }
  }
}

}  // namespace latham::supervisor
