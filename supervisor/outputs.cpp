// SPDX-License-Identifier: MIT
#include "supervisor/outputs.h"

#include <fmt/format.h>

#include <algorithm>

#include "supervisor/failure.h"

namespace latham::supervisor {

void Outputs::open(std::span<const OpenInput> inputs, Report& report,
                   const WhileWaiting& while_waiting) {
  if (job_.globals.resumable)
    for (std::size_t o = 0; o < ways_.size(); ++o)
      ways_[o].resumption.emplace(Resumption::Place{job_, o, inputs}, ways_[o].facts,
                                  ways_[o].encoder->ready_line.get("libraries"), report);
  // Where one has its name and another has not, the job died between the two: it joins both anew.
  if (job_.globals.resumable && !are_finished())
    for (Way& way : ways_) way.resumption->begin(way.facts, while_waiting);
  for (std::size_t o = 0; o < ways_.size(); ++o)
    open(job_.outputs[o], ways_[o], inputs, while_waiting);
}

void Outputs::open(const Output& output, Way& way, std::span<const OpenInput> inputs,
                   const WhileWaiting& while_waiting) {
  if (way.facts.output == OutputKind::file) {
    Globals globals = job_.globals;
    if (way.resumption) globals.overwrite = globals.overwrite || way.resumption->is_finished();
    way.file.emplace(output.name, inputs, globals, while_waiting,
                     way.resumption ? way.resumption->part() : "");
  }
  if (job_.globals.verify && !(way.file && way.file->leaves_nothing()))
    throw Failure(ExitCode::usage,
                  fmt::format("--verify: '{}' cannot be read back; it must be an ordinary file",
                              output.name));
}

void Outputs::hand_over_spools() const {
  for (const Way& way : ways_)
    if (way.resumption) way.resumption->hand_over(*way.encoder);
}

void Outputs::keep_segment(const Stage& encoder, const control::Message& line) {
  for (Way& way : ways_)
    if (way.encoder == &encoder && way.resumption) way.resumption->keep(line);
}

std::vector<int> Outputs::fds() const {
  std::vector<int> fds;
  for (const Way& way : ways_) fds.push_back(way.file ? way.file->fd() : -1);
  return fds;
}

std::string Outputs::remains() const {
  if (std::all_of(ways_.begin(), ways_.end(),
                  [](const Way& way) { return way.facts.output == OutputKind::none; }))
    return "nothing was written";
  std::string remains = job_.globals.resumable
                            ? "no file was written; the same command goes on where it was"
                            : "no file was written";
  for (std::size_t o = 0; o < ways_.size(); ++o) {
    const Way& way = ways_[o];
    if (way.facts.output == OutputKind::self || (way.file && !way.file->leaves_nothing()))
      remains = fmt::format("what '{}' got so far is incomplete", job_.outputs[o].name);
  }
  return remains;
}

bool Outputs::can_be_written_again() const {
  for (std::size_t o = 0; o < ways_.size(); ++o) {
    const Way& way = ways_[o];
    if (way.file && !way.file->leaves_nothing()) return false;
    if (way.facts.output == OutputKind::self && has_scheme(job_.outputs[o].name)) return false;
  }
  return true;
}

bool Outputs::replace() const {
  return std::any_of(ways_.begin(), ways_.end(),
                     [](const Way& way) { return way.file && way.file->replaces(); });
}

bool Outputs::are_finished() const {
  return job_.globals.resumable && std::all_of(ways_.begin(), ways_.end(), [](const Way& way) {
           return way.resumption->is_finished();
         });
}

void Outputs::commit(bool early) {
  for (Way& way : ways_) {
    if (!way.file) continue;
    if (way.resumption && !early) way.resumption->finish(way.file->fd());
    way.file->commit();
  }
}

void Outputs::remove_kept() {
  for (Way& way : ways_) {
    way.file.reset();  // one that was opened in vain lies there
    if (way.resumption) way.resumption->remove();
  }
}

}  // namespace latham::supervisor
