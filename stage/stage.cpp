// SPDX-License-Identifier: MIT
#include "stage/stage.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <utility>

#include "stage/command_line.h"
#include "stage/cpu_time.h"
#include "stage/whole_file.h"
#include "system/error.h"
#include "system/unique_fd.h"
#include "system/write_all.h"

namespace latham::stage {
namespace {

/// Fonts among the streams lie in the table with all their bytes.
constexpr off_t kMostTableBytes = off_t{512} << 20;

/// The terminal's signals go to the supervisor, which decides; a closed pipe is an error code.
void ignore_signals() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) ::signal(signal, SIG_IGN);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
}

bool is_open(int fd) {
  return ::fcntl(fd, F_GETFD) >= 0;
}

}  // namespace

UniqueFd Stage::inherited_input() noexcept {
  return is_open(kInputFd) ? UniqueFd(kInputFd) : UniqueFd();
}

void Stage::confine(const sandbox::Access& access) {
  sandbox::enter(access, [](int number, const char* call) {
    // In a signal handler, between any two instructions of the stage: nothing here may allocate.
    char line[256];
    const auto end =
        fmt::format_to_n(line, sizeof(line),
                         "error kind=failed :{}: the sandbox refused system call {} ({}); "
                         "please report this with the command line\n",
                         program_invocation_short_name, number, call);
    (void)!::write(kStatusFd, line, std::min(end.size, sizeof(line)));
  });
  commands_.listen();
}

bool Stage::take_link_message() {
  if (!commands_.link_pending()) return false;
  if (auto message = control::receive_link(kLinkFd))
    status_.say({"linked", wiring_.apply(std::move(*message)), {}});
  commands_.link_served();
  return true;
}

/// Until the supervisor has said something, which is taken.
void Stage::await_setup() {
  if (!take_link_message()) commands_.wait_for_setup();
}

void Stage::offer_table(std::span<const std::byte> table) {
  const UniqueFd fd(kTableFd);
  if (!write_all(fd.get(), table)) throw_errno("write the stream table");
}

std::vector<std::vector<std::byte>> Stage::take_tables(std::size_t inputs) {
  while (wiring_.tables().size() < inputs) await_setup();
  std::vector<std::vector<std::byte>> tables;
  for (const auto& [input, fd] : wiring_.tables()) {
    tables.push_back(
        read_whole(fd.get(), kMostTableBytes, fmt::format("the stream table of input {}", input)));
  }
  wiring_.tables().clear();
  return tables;
}

Wiring& Stage::connect(std::map<std::string, std::string> ready_fields) {
  status_.ready(std::move(ready_fields));
  while (!commands_.started()) await_setup();
  commands_.set_bell(&wiring_.bell());
  began_ = std::chrono::steady_clock::now();
  return wiring_;
}

void Stage::serve() {
  take_link_message();
  if (commands_.paused()) sleep_through_pause();
  send_progress();
}

void Stage::sleep_through_pause() {
  const auto before = std::chrono::steady_clock::now();
  while (commands_.paused()) {
    wiring_.bell().wait([this] { return !commands_.paused() || commands_.link_pending(); });
    // Neighbours come and go in a pause, too: a second viewer, a successor of the filter.
    take_link_message();
  }
  // For the others a pause is time in which they wait; so it is here.
  waited_ += std::chrono::steady_clock::now() - before;
}

void Stage::send_progress() {
  if (counters_ && status_.progress_due()) status_.progress(with_common(counters_()));
}

Counters Stage::with_common(Counters own) const {
  const auto ms = [](auto span) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(span).count();
  };
  own["run_ms"] = ms(std::chrono::steady_clock::now() - began_);
  own["waited_ms"] = ms(waited_);
  own["cpu_ms"] = cpu_time_ms();
  // The fullest edge tells who waits for whom.
  transport::Backlog fullest{};
  for (const FrameOut& out : wiring_.frames_out()) {
    const transport::Backlog backlog = out.sender->backlog();
    if (backlog.most > 0 && (fullest.most == 0 || backlog.frames > fullest.frames))
      fullest = backlog;
  }
  if (fullest.most > 0) {
    own["queued"] = fullest.frames;
    own["queue_depth"] = fullest.most;
  }
  return own;
}

int run(const char* name, int argc, char** argv, Counters (*body)(Stage&, int argc, char** argv)) {
  ignore_signals();
  if (!is_open(kControlFd) || !is_open(kStatusFd) || !is_open(kLinkFd)) {
    fmt::print(stderr,
               "latham-{}: this is a stage of a pipeline and is started by `latham`; it needs "
               "descriptors 3 "
               "(control), 4 (status) and 5 (link)\n",
               name);
    return 2;
  }
  StatusWriter status(kStatusFd);
  try {
    CommandLine line(argc, argv);
    Stage stage;
    stage.status().done(stage.with_common(body(stage, line.argc(), line.argv())));
    return 0;
  } catch (const StageFailure& failure) {
    status.error(failure.kind(), failure.what());
  } catch (const std::exception& error) {
    status.error(FailureKind::failed, error.what());
  }
  return 1;
}

}  // namespace latham::stage
