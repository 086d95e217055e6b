// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "media/stream_table.h"

namespace latham::media {

struct FreeFormatContext {
  void operator()(AVFormatContext* p) const noexcept { avformat_free_context(p); }
};
using FormatContext = std::unique_ptr<AVFormatContext, FreeFormatContext>;

/// An input as FFmpeg sees it, made from its table, for what FFmpeg alone can say of one: which streams a
/// specifier means. Nothing can be read from it.
[[nodiscard]] FormatContext input_context(const StreamTable& table);

/// Whether a stream specifier in ffmpeg's spelling ("a:1", "p:3", "m:language:ger", "" for all) means this
/// stream of that file. Throws StageFailure(usage) that names `option` for one that makes no sense.
[[nodiscard]] bool matches(AVFormatContext& file, AVStream& stream, const std::string& specifier,
                           const std::string& option);

}  // namespace latham::media
