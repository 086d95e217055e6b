// SPDX-License-Identifier: MIT
#include "supervisor/session.h"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <optional>
#include <vector>

#include "control/commands.h"
#include "supervisor/failure.h"
#include "supervisor/input_file.h"
#include "supervisor/linking.h"
#include "supervisor/output_file.h"
#include "supervisor/pipeline.h"
#include "supervisor/report.h"
#include "supervisor/retry.h"
#include "supervisor/signals.h"
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

Expectation expectation(const Input& input, const Output& output, const DecoderFacts& decoder) {
  Expectation expected{decoder.duration_us, number_of(output.options, "frames:v")};
  const std::int64_t rounds = number_of(input.options, "stream_loop").value_or(0);
  if (rounds < 0 || (expected.duration_us && rounds > INT64_MAX / *expected.duration_us - 1))
    expected.duration_us.reset();
  else if (expected.duration_us)
    *expected.duration_us *= rounds + 1;
  return expected;
}

/// One job on its way. The members are made in the order of the job's steps, and go in the other.
class Session {
 public:
  /// `inputs` as the job names them; all references must outlive this.
  Session(const Job& job, std::string folder, std::vector<OpenInput> inputs, SignalWatch& signals,
          Report& report)
      : job_(job),
        folder_(std::move(folder)),
        inputs_(std::move(inputs)),
        signals_(signals),
        report_(report),
        progress_(report, job.globals),
        watch_(signals, report, progress_,
               {job.globals.stage_timeout_s, is_limited(output()), input().name, output().name}) {}

  [[nodiscard]] Standing standing() const {
    Standing now;
    now.repeatable = watch_.interrupted() == 0 && can_write_again() && can_read_again();
    now.replaces = output_ && output_->replaces();
    const off_t at = ::lseek(inputs_.front().fd.get(), 0, SEEK_CUR);
    if (at >= 0) now.input_byte = static_cast<std::uint64_t>(at);
    for (const StageCounts& stage : watch_.counts())
      if (stage.name == "decoder") now.time_us = stage.counts.number("time_us");
    return now;
  }

  int run() {
    start_stages();
    open_output();
    watch_.open(
        join_stages(watch_, pipeline_, job_, decoder_.frame_bytes, output_ ? output_->fd() : -1));
    watch_.await_guests();
    announce();
    start_frames();
    watch_.run();
    return finish();
  }

  /// The part of it that reads: no file, no guests, no report of its own. Returns what the decoder
  /// counted, or nothing where a signal ended it early.
  [[nodiscard]] std::optional<StageCounts> read_through() {
    start_stages();
    watch_.set_remains("nothing was written");
    const Edges edges = join_stages(watch_, pipeline_, job_, decoder_.frame_bytes, -1);
    start_frames();
    watch_.run();
    if (watch_.interrupted() != 0) return std::nullopt;
    return watch_.counts().front();
  }

 private:
  [[nodiscard]] bool can_read_again() const {
    for (std::size_t i = 0; i < inputs_.size(); ++i)
      if (!is_repeatable(job_.inputs[i], inputs_[i].fd.get())) return false;
    return true;
  }
  /// Only we know of what was written: it lies under another name, or is written over.
  [[nodiscard]] bool can_write_again() const {
    if (output_) return output_->leaves_nothing();
    return encoder_.output != OutputKind::self || !has_scheme(output().name);
  }
  [[nodiscard]] const Input& input() const { return job_.inputs.front(); }
  [[nodiscard]] const Output& output() const { return job_.outputs.front(); }

  /// The decoder and the encoder look at their ends at once; the filter is started when both have
  /// said what they need.
  void start_stages() {
    const Stage& decoder = watch_.start(plan_decoder(job_), folder_, inputs_.front().fd.get(), 0);
    const Stage& encoder = watch_.start(plan_encoder(job_), folder_, -1, 1);
    watch_.until([&] { return is_ready(decoder) && is_ready(encoder); });
    decoder_ = decoder_facts(decoder.ready_line);
    encoder_ = encoder_facts(encoder.ready_line);
    pipeline_ = plan_pipeline(job_, decoder_, encoder_);
    if (job_.globals.view) start_viewer();
    for (std::size_t i = 1; i + 1 < pipeline_.stages.size(); ++i) {
      const Stage& between = watch_.start(pipeline_.stages[i], folder_, -1, i);
      watch_.until([&] { return is_ready(between); });
    }
  }

  /// It looks at what the encoder is given, and at what the decoder gave where that is another.
  void start_viewer() {
    if (pipeline_.edges.empty()) {
      report_.note(fmt::format("warning: --view: '{}' has no video to show", input().name));
      return;
    }
    std::vector<std::uint32_t> edges = {pipeline_.edges.back().number};
    if (pipeline_.edges.size() > 1) edges.push_back(pipeline_.edges.front().number);
    watch_.guests().start(plan_viewer(input().name, job_.globals.loglevel, decoder_.duration_us),
                          folder_, std::move(edges));
  }

  void open_output() {
    if (encoder_.output == OutputKind::file)
      output_.emplace(output().name, inputs_, job_.globals,
                      [this] { watch_.pump(std::chrono::milliseconds(0)); });
    if (job_.globals.verify && !(output_ && output_->leaves_nothing()))
      throw Failure(ExitCode::usage,
                    fmt::format("--verify: '{}' cannot be read back; it must be an ordinary file",
                                output().name));
    if (encoder_.output == OutputKind::none) watch_.set_remains("nothing was written");
    if (encoder_.output == OutputKind::self || (output_ && !output_->leaves_nothing()))
      watch_.set_remains(fmt::format("what '{}' got so far is incomplete", output().name));
  }

  /// Consumers first, so that nobody waits for a stage that has not begun.
  void start_frames() {
    for (std::size_t i = pipeline_.stages.size(); i-- > 0;) {
      Stage& stage = watch_.stage(i);
      stage.command(control::Command::start);
      watch_.until([&] { return stage.started; });
    }
    watch_.begin();
  }

  void announce() {
    watch_.set_duration(decoder_.duration_us);
    progress_.expect(expectation(input(), output(), decoder_));
    Start start{job_, decoder_.duration_us, {}};
    for (std::size_t i = 0; i < pipeline_.stages.size(); ++i)
      start.stages.push_back({watch_.stage(i).name(), watch_.stage(i).process.pid()});
    report_.start(start);
  }

  int finish() {
    const double elapsed_s = watch_.elapsed_s();
    const std::vector<StageCounts> counts = watch_.counts();
    int signal = watch_.interrupted();
    const VerdictTerms terms{input().name, decoder_.video, is_limited(output()), signal};
    if (auto failure = verdict(counts, terms)) throw *failure;
    if (job_.globals.verify && !verify(counts.back()) && signal == 0) signal = SIGINT;
    std::optional<std::uint64_t> bytes;
    if (output_) {
      bytes = output_->bytes();
      output_->commit();
    }
    progress_.end(counts, elapsed_s);
    report_.summary({output().name, bytes, elapsed_s, job_.globals.transport, counts});
    if (signal == 0) {
      end_viewer();
      return static_cast<int>(ExitCode::done);
    }
    report_.note(
        fmt::format("interrupted; {} is finished and ends where the decoder was", output().name));
    return static_cast<int>(ExitCode::interrupted) + signal;
  }

  /// Reads back what was written, before it gets its name. False where a signal kept us from it.
  [[nodiscard]] bool verify(const StageCounts& encoder) {
    const std::string& name = output().name;
    report_.note(fmt::format("reading {} back", name));
    const Job job = verification_job(output(), job_.globals);
    std::vector<OpenInput> written;
    written.push_back({name, output_->reopen()});
    try {
      const auto decoder =
          Session(job, folder_, std::move(written), signals_, report_).read_through();
      if (decoder) {
        report_.verified(name, compare_with_written(name, encoder, *decoder));
        return true;
      }
    } catch (const Failure& failure) {
      if (failure.code() == static_cast<int>(ExitCode::mismatch)) throw;
      if (failure.code() < static_cast<int>(ExitCode::interrupted))
        throw not_verified(name, fmt::format("it cannot be read back: {}", failure.what()));
    }
    report_.note(fmt::format("warning: {} is not verified, because of the interruption", name));
    return false;
  }

  void end_viewer() {
    if (job_.globals.keep_view && watch_.guests().any()) {
      report_.note("the window shows the last picture; close it to end");
      watch_.keep_guests();
    }
    watch_.guests().close();
  }

  const Job& job_;
  std::string folder_;
  std::vector<OpenInput>
      inputs_;  ///< Before signals_: a FIFO without a writer must not outlive Ctrl-C.
  SignalWatch& signals_;
  Report& report_;
  ProgressFeed progress_;
  DecoderFacts decoder_;
  EncoderFacts encoder_;
  Pipeline pipeline_;
  std::optional<OutputFile> output_;
  Watch watch_;  ///< Last: stages end before the file that they write goes.
};

}  // namespace

int run_transcode(const Job& job, const std::string& folder, std::FILE* out) {
  // Before the signals are taken: a FIFO without a writer must not outlive Ctrl-C.
  std::vector<OpenInput> inputs = open_inputs(job);
  SignalWatch signals;
  const auto report = Report::make(out, job.globals);
  Job again = job;
  for (Retries retries(job.globals.stage_retries);; inputs = open_inputs(job)) {
    Session session(again, folder, std::move(inputs), signals, *report);
    try {
      return session.run();
    } catch (const Failure& failure) {
      const Standing standing = session.standing();
      report->note(retries.next(failure, standing, job.inputs.front().name));
      again.globals.overwrite = again.globals.overwrite || standing.replaces;
    }
  }
}

}  // namespace latham::supervisor
