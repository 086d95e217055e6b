// SPDX-License-Identifier: MIT
#include "media/input_context.h"

#include <fmt/format.h>

#include "system/failure.h"

namespace latham::media {

FormatContext input_context(const StreamTable& table) {
  FormatContext context(checked(avformat_alloc_context()));
  set_tags(&context->metadata, table.tags);
  for (const StreamEntry& entry : table.streams) {
    AVStream& st = *checked(avformat_new_stream(context.get(), nullptr));
    st.id = entry.id;
    st.disposition = entry.disposition;
    if (avcodec_parameters_copy(st.codecpar, entry.parameters.get()) < 0) throw std::bad_alloc();
    set_tags(&st.metadata, entry.tags);
  }
  for (const Program& program : table.programs) {
    checked(av_new_program(context.get(), program.id));
    for (const int stream : program.streams)
      if (stream >= 0 && stream < static_cast<int>(table.streams.size()))
        av_program_add_stream_index(context.get(), program.id, static_cast<unsigned>(stream));
  }
  return context;
}

bool matches(AVFormatContext& file, AVStream& stream, const std::string& specifier,
             const std::string& option) {
  const int answer = avformat_match_stream_specifier(&file, &stream, specifier.c_str());
  if (answer < 0)
    throw StageFailure(
        FailureKind::usage,
        fmt::format("{}: '{}' is no stream specifier; try a type (v, a, s), a number "
                    "or both (a:1)",
                    option, specifier));
  return answer > 0;
}

}  // namespace latham::media
