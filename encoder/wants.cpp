// SPDX-License-Identifier: MIT
#include "encoder/wants.h"

#include <algorithm>

#include "media/describe.h"

namespace latham::encoder {

std::map<std::string, std::string> wants_of(const PlannedStream& planned,
                                            const VideoOptions* video) {
  std::map<std::string, std::string> fields{{"stream", std::to_string(planned.index)},
                                            {"input", std::to_string(planned.input)},
                                            {"source", std::to_string(planned.source->index)},
                                            {"as", video != nullptr    ? "frames"
                                                   : planned.encoded() ? "decoded"
                                                                       : "copied"}};
  if (video == nullptr) return fields;
  std::string formats = video->accepted_formats;
  std::replace(formats.begin(), formats.end(), '|', ',');
  if (video->needs_filter(*planned.source)) fields.emplace("filtered", "1");
  if (video->filter) fields.emplace("filter", std::to_string(*video->filter));
  if (!formats.empty()) fields.emplace("pix_fmts", formats);
  const std::string colours = media::encoder_colours(*planned.encoder);
  if (!colours.empty()) fields.emplace("colours", colours);
  if (!video->size.empty()) fields.emplace("size", video->size);
  return fields;
}

}  // namespace latham::encoder
