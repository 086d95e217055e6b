// SPDX-License-Identifier: MIT
#include "supervisor/root_cause.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <tuple>

#include "supervisor/report.h"
#include "system/failure.h"

namespace latham::supervisor {
namespace {

bool died_silently(const Symptom& s) {
  if (!s.end || s.error || s.timed_out) return false;
  switch (s.end->kind) {
    case StageEnd::Kind::exited:
      return s.end->code != 0 || !s.done;
    case StageEnd::Kind::signalled:
      // After `done` everything was written; a crash while tidying up is worth a warning only.
      return !s.done;
    case StageEnd::Kind::not_started:
      return true;
    case StageEnd::Kind::killed_by_us:
      return false;
  }
  return false;
}

constexpr int kBlamesANeighbour = 4;

/// Smaller explains more.
std::tuple<int, std::size_t> rank(const Symptom& s) {
  if (s.timed_out) return {0, 0};
  if (died_silently(s)) return {1, 0};
  if (!s.error) return {9, 0};
  if (s.error->because_of_neighbour) return {kBlamesANeighbour, s.error->order};
  return {s.error->code == ExitCode::failed ? 3 : 2, s.error->order};
}

/// symptoms.end() where there are none.
auto worst_of(std::span<const Symptom> symptoms) {
  return std::min_element(symptoms.begin(), symptoms.end(),
                          [](const auto& a, const auto& b) { return rank(a) < rank(b); });
}

std::string how_far(const Symptom& s) {
  if (!s.frames || *s.frames == 0) return "before its first frame";
  return fmt::format("after frame {}", *s.frames);
}

const char* advice(const StageEnd& end, const std::string& kind) {
  if (end.kind == StageEnd::Kind::signalled) {
    switch (end.signal) {
      case SIGKILL:
        return "if nobody killed it the machine ran out of memory (see dmesg); try fewer --slots "
               "or -threads";
      case SIGBUS:
        return "the machine ran out of memory for frames; try fewer --slots";
      case SIGSYS:
        return "its sandbox refused a system call; please report this";
      default:
        break;
    }
  }
  if (kind == "decoder") return "the input may be damaged; please report this with the file";
  return "please report this with the command line";
}

Failure crash(const Symptom& s, const std::string& remains) {
  const StageEnd& end = *s.end;
  std::string how;
  if (end.kind == StageEnd::Kind::signalled) {
    how = fmt::format("was killed by signal {} ({})", end.signal, ::strsignal(end.signal));
  } else if (end.code != 0) {
    how = fmt::format("left with code {} and no word", end.code);
  } else {
    how = "left without having finished";
  }
  return Failure::crashed({s.name, s.pid, end.signal},
                          fmt::format("{} (pid {}) {} {}; {}; {}", s.name, s.pid, how, how_far(s),
                                      remains, advice(end, s.kind)));
}

}  // namespace

StageError stage_error(const std::string& stage, const control::Message& line, std::size_t order) {
  StageError error;
  const std::string kind = line.get("kind", word(FailureKind::failed));
  if (kind == word(FailureKind::usage)) error.code = ExitCode::usage;
  if (kind == word(FailureKind::input)) error.code = ExitCode::input;
  if (kind == word(FailureKind::output)) error.code = ExitCode::output;
  if (kind == word(FailureKind::mismatch)) error.code = ExitCode::mismatch;
  error.because_of_neighbour = kind == "neighbour";
  if (!line.text.empty()) error.text = fmt::format("{}: {}", stage, printable(line.text));
  error.order = order;
  return error;
}

bool is_trouble(const Symptom& symptom) {
  return std::get<0>(rank(symptom)) < 9;
}

bool blames_a_neighbour(std::span<const Symptom> symptoms) {
  const auto worst = worst_of(symptoms);
  return worst != symptoms.end() && std::get<0>(rank(*worst)) == kBlamesANeighbour;
}

Failure root_cause(std::span<const Symptom> symptoms, const std::string& remains,
                   double timeout_s) {
  const auto worst = worst_of(symptoms);
  if (worst == symptoms.end() || !is_trouble(*worst))
    return {ExitCode::failed, fmt::format("the job ended early; {}", remains)};
  if (worst->timed_out)
    return Failure::crashed(
        {worst->name, worst->pid, 0},
        fmt::format("{} (pid {}) made no progress for {} s {} and was killed; {}; "
                    "give it longer with --stage-timeout",
                    worst->name, worst->pid, timeout_s, how_far(*worst), remains));
  if (died_silently(*worst)) return crash(*worst, remains);
  if (worst->error->text.empty())
    return {worst->error->code,
            fmt::format("{}: failed and did not say why; {}", worst->name, remains)};
  return {worst->error->code, worst->error->text};
}

}  // namespace latham::supervisor
