// SPDX-License-Identifier: MIT
#include "encoder/pass_log.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <tuple>

#include "system/failure.h"

namespace latham::encoder {
namespace {

constexpr int kFirst = 1;
constexpr int kSecond = 2;

[[noreturn]] void fail(const char* what, const std::string& name, const char* hint) {
  throw StageFailure(FailureKind::output,
                     fmt::format("{} '{}': {}{}", what, name, std::strerror(errno), hint));
}

std::string read_all(std::FILE& file) {
  std::string text;
  std::array<char, 65536> part{};
  for (std::size_t got = 0; (got = std::fread(part.data(), 1, part.size(), &file)) > 0;)
    text.append(part.data(), got);
  return text;
}

}  // namespace

PassLog::PassLog(int passes, const std::string& prefix, int stream, const AVCodec& codec)
    : passes_(passes), own_file_(std::string_view(codec.name) == "libx264") {
  if (passes_ == 0) return;
  name_ = fmt::format("{}-{}.log", prefix.empty() ? "ffmpeg2pass" : prefix, stream);
  if (own_file_) return;
  if ((passes_ & kSecond) != 0) {
    const std::unique_ptr<std::FILE, Close> file(std::fopen(name_.c_str(), "rbe"));
    if (!file) fail("read the statistics", name_, "; run the job with -pass 1 first");
    read_ = read_all(*file);
  }
  if ((passes_ & kFirst) != 0) {
    log_.reset(std::fopen(name_.c_str(), "wbe"));
    if (!log_) fail("write the statistics", name_, "; choose another place with -passlogfile");
  }
}

void PassLog::prepare(AVCodecContext& encoder, media::Dictionary& options) {
  if (passes_ == 0) return;
  // In both places: what the user gives for -flags replaces what is set already.
  for (const auto& [pass, flag, name] : {std::tuple{kFirst, AV_CODEC_FLAG_PASS1, "+pass1"},
                                         {kSecond, AV_CODEC_FLAG_PASS2, "+pass2"}}) {
    if ((passes_ & pass) == 0) continue;
    encoder.flags |= flag;
    av_dict_set(&options.raw, "flags", name, AV_DICT_APPEND);
  }
  if (own_file_) av_dict_set(&options.raw, "stats", name_.c_str(), AV_DICT_DONT_OVERWRITE);
  if (!read_.empty()) encoder.stats_in = read_.data();
}

void PassLog::take(const AVCodecContext& encoder) {
  if (log_ && encoder.stats_out != nullptr && std::fputs(encoder.stats_out, log_.get()) == EOF)
    fail("write the statistics", name_, "");
}

}  // namespace latham::encoder
