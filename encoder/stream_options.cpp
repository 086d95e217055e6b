// SPDX-License-Identifier: MIT
#include "encoder/stream_options.h"

#include <fmt/format.h>

#include <algorithm>

extern "C" {
#include <libavutil/opt.h>
}

namespace latham::encoder {
namespace {

struct Split {
  std::string name;
  std::string specifier;
};

Split split(const std::string& option) {
  const std::size_t colon = std::min(option.find(':'), option.size());
  return {option.substr(0, colon), colon < option.size() ? option.substr(colon + 1) : ""};
}

/// The kinds of encoders that an option can be meant for.
int kinds_of(const Split& option) {
  const int kinds = media::encoder_option_kinds(option.name);
  switch (option.specifier.empty() ? 0 : option.specifier.front()) {
    case 'v':
    case 'V':
      return kinds & AV_OPT_FLAG_VIDEO_PARAM;
    case 'a':
      return kinds & AV_OPT_FLAG_AUDIO_PARAM;
    case 's':
      return kinds & AV_OPT_FLAG_SUBTITLE_PARAM;
    default:
      return kinds;
  }
}

}  // namespace

void StreamOptions::add(const std::string& name, const std::string& value) {
  const Split option = split(name);
  entries_.push_back({option.name, option.specifier, value});
}

std::optional<std::size_t> StreamOptions::which(const std::string& name, AVFormatContext& output,
                                                AVStream& stream) const {
  std::optional<std::size_t> last;
  std::size_t number = 0;
  for (const Entry& entry : entries_) {
    if (entry.name != name) continue;
    if (media::matches(output, stream, entry.specifier,
                       "-" + name + (entry.specifier.empty() ? "" : ":") + entry.specifier))
      last = number;
    ++number;
  }
  return last;
}

std::optional<std::string> StreamOptions::find(const std::string& name, AVFormatContext& output,
                                               AVStream& stream) const {
  const std::optional<std::size_t> number = which(name, output, stream);
  if (!number) return std::nullopt;
  return all(name).at(*number).second;
}

std::vector<std::pair<std::string, std::string>> StreamOptions::all(const std::string& name) const {
  std::vector<std::pair<std::string, std::string>> found;
  for (const Entry& entry : entries_)
    if (entry.name == name) found.emplace_back(entry.specifier, entry.value);
  return found;
}

media::Dictionary AvOptionShares::of_stream(AVFormatContext& output, AVStream& stream,
                                            const AVCodec& codec) {
  media::Dictionary taken;
  const int flags = AV_OPT_FLAG_ENCODING_PARAM | media::option_kind(codec.type);
  for (std::size_t i = 0; i < options_.size(); ++i) {
    const Split option = split(options_[i].first);
    if (!option.specifier.empty() &&
        !media::matches(output, stream, option.specifier, "-" + options_[i].first))
      continue;
    const std::string name = media::codec_option(codec, option.name, flags);
    if (name.empty()) continue;
    media::require_codec_value(&codec, name, options_[i].second, options_[i].first);
    taken.set(name, options_[i].second);
    taken_[i] = true;
  }
  return taken;
}

bool names_stream(const media::OptionList& options, AVFormatContext& output, AVStream& stream) {
  return std::any_of(options.begin(), options.end(), [&](const auto& given) {
    const Split option = split(given.first);
    return !option.specifier.empty() && kinds_of(option) != 0 &&
           media::matches(output, stream, option.specifier, given.first);
  });
}

media::Dictionary AvOptionShares::of_format(const AVOutputFormat& format) {
  media::Dictionary taken;
  for (std::size_t i = 0; i < options_.size(); ++i) {
    const Split option = split(options_[i].first);
    if (!option.specifier.empty() || !media::is_format_option(format.priv_class, option.name))
      continue;
    media::require_format_value(&format, option.name, options_[i].second, options_[i].first);
    taken.set(option.name, options_[i].second);
    taken_[i] = true;
  }
  return taken;
}

std::vector<std::string> AvOptionShares::untaken(int kinds, std::span<const AVCodec* const> codecs,
                                                 const AVOutputFormat& format) const {
  std::vector<std::string> remarks;
  for (std::size_t i = 0; i < options_.size(); ++i) {
    if (taken_[i]) continue;
    const Split option = split(options_[i].first);
    const int meant = kinds_of(option);
    if (meant == 0 || (meant & kinds) != 0)
      media::refuse_option(options_[i].first, option.name, codecs, format.priv_class);
    if (option.name != "threads")  // which means the decoder's, too
      remarks.push_back(
          fmt::format("option '-{}' is of no use: the output encodes no stream of its kind",
                      options_[i].first));
  }
  return remarks;
}

}  // namespace latham::encoder
