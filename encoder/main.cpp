// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <string_view>

#include "encoder/encoder.h"
#include "media/describe.h"

namespace {

/// `latham help encoder=libx264`: the supervisor does not use FFmpeg, so it asks here.
int help(const char* part) {
  if (latham::media::describe(part)) return 0;
  fmt::print(
      stderr,
      "latham: help {}: unknown; it is encoder=, decoder=, muxer=, demuxer= or filter= with a "
      "name that `ffmpeg` lists\n",
      part);
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && std::string_view(argv[1]) == "-h") return help(argv[2]);
  return latham::stage::run("encoder", argc, argv, latham::encoder::encode_stream);
}
