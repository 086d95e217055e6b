// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "media/avoptions.h"
#include "media/input_context.h"

namespace latham::encoder {

/// Options that may be given for some streams of the output only, -c:a:1 and its like. Where several fit a
/// stream the last one counts, as in ffmpeg.
class StreamOptions {
 public:
  /// `name`: with its specifier, "c:a:1".
  void add(const std::string& name, const std::string& value);

  [[nodiscard]] std::optional<std::string> find(const std::string& name, AVFormatContext& output,
                                                AVStream& stream) const;
  /// Which of the options of that name counts, from 0 in the order in which they were given.
  [[nodiscard]] std::optional<std::size_t> which(const std::string& name, AVFormatContext& output,
                                                 AVStream& stream) const;
  /// All values of that name with their specifiers, in order.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> all(const std::string& name) const;

 private:
  struct Entry {
    std::string name;
    std::string specifier;
    std::string value;
  };
  std::vector<Entry> entries_;
};

/// Some option of an encoder (-b:a) is meant for this stream by its specifier.
[[nodiscard]] bool names_stream(const media::OptionList& options, AVFormatContext& output,
                                AVStream& stream);

/// FFmpeg's own options of the output and who took them: every one should be of use to somebody.
class AvOptionShares {
 public:
  explicit AvOptionShares(media::OptionList options)
      : options_(std::move(options)), taken_(options_.size()) {}

  /// What is meant for this stream and known to its codec.
  [[nodiscard]] media::Dictionary of_stream(AVFormatContext& output, AVStream& stream,
                                            const AVCodec& codec);
  [[nodiscard]] media::Dictionary of_format(const AVOutputFormat& format);
  /// What to say of options that nobody took because the output has no stream of their kind (`kinds`, of
  /// media::option_kind()). Throws StageFailure(usage) for the first that is a mistake.
  [[nodiscard]] std::vector<std::string> untaken(int kinds, std::span<const AVCodec* const> codecs,
                                                 const AVOutputFormat& format) const;

 private:
  media::OptionList options_;
  std::vector<bool> taken_;
};

}  // namespace latham::encoder
