// SPDX-License-Identifier: MIT
// Fuzzes what the supervisor makes of status lines: the pipeline from what an encoder wants, the verdict from what all
// have counted, the root cause from what they complain of.
#include <cstdint>
#include <exception>

#include "supervisor/pipeline.h"
#include "supervisor/root_cause.h"
#include "supervisor/verdict.h"
#include "tests/fuzz/lines.h"

namespace {

using namespace latham;
using namespace latham::supervisor;

Job job_with_two_inputs() {
  Job job;
  job.inputs = {{"a.mkv", {}}, {"b.mkv", {}}};
  job.outputs = {{"c.mkv", {{"filter:v", "hflip"}}}};
  return job;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Job job = job_with_two_inputs();
  control::Message ready;
  std::vector<control::Message> wants;
  std::vector<StageCounts> counts(1);
  std::vector<Symptom> symptoms;
  for (const control::Message& line : test::messages_of(data, size)) {
    if (line.word == "ready") ready = line;
    if (line.word == "wants") wants.push_back(line);
    if (line.word == "stream") counts.back().streams.push_back(line);
    if (line.word == "done" || line.word == "progress") {
      counts.back().counts = line;
      counts.emplace_back();
    }
    if (line.word == "error")
      symptoms.push_back({"encoder", "encoder", 1, StageEnd{StageEnd::Kind::exited, 1, 0},
                          stage_error("encoder", line, symptoms.size()), false, false,
                          std::nullopt});
  }
  (void)decoder_facts(ready);
  if (!symptoms.empty()) (void)root_cause(symptoms, "nothing was written", 0);
  try {
    const EncoderFacts facts = encoder_facts(ready, wants, job.inputs.size());
    const Pipeline pipeline = plan_pipeline(job, {&facts, 1});
    // As many as there are stages, whatever they say.
    counts.resize(pipeline.stages.size());
    for (std::size_t i = 0; i < counts.size(); ++i) {
      counts[i].kind = pipeline.stages[i].kind;
      counts[i].name = pipeline.stages[i].name;
    }
    (void)verdict(pipeline, counts, {{"a.mkv", "b.mkv"}, false, 0});
  } catch (const std::exception&) {
    // Refused: the job ends with a line.
  }
  return 0;
}
