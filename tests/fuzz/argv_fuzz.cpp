// SPDX-License-Identifier: MIT
// Fuzzes the command line, one argument a line: what is taken can be planned, the rest is refused as usage.
#include <cstdint>
#include <cstdlib>

#include "supervisor/failure.h"
#include "supervisor/options.h"
#include "supervisor/pipeline.h"
#include "supervisor/view_options.h"
#include "tests/fuzz/lines.h"

namespace {

using namespace latham::supervisor;

template <class Parse>
void refused_as_usage_or_taken(const Parse& parse) {
  try {
    parse();
  } catch (const Failure& failure) {
    if (failure.code() != static_cast<int>(ExitCode::usage)) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::vector<std::string> args = latham::test::lines_of(data, size);
  refused_as_usage_or_taken([&] {
    const Job job = parse_transcode(args);
    if (job.inputs.empty() || job.outputs.empty()) std::abort();
    for (std::size_t i = 0; i < job.inputs.size(); ++i) (void)plan_decoder(job, i);
    for (std::size_t o = 0; o < job.outputs.size(); ++o) (void)plan_encoder(job, o);
  });
  refused_as_usage_or_taken([&] { (void)parse_view(args); });
  (void)wants_help(args);
  (void)wants_json(args);
  return 0;
}
