// SPDX-License-Identifier: MIT
#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include "media/av.h"

namespace latham::encoder {

/// The statistics between the two runs of -pass: PREFIX-N.log, as ffmpeg names it. libx264 keeps the file
/// itself; for other encoders it is read and written here.
class PassLog {
 public:
  /// `passes`: bit 0 writes, bit 1 reads; 0 does nothing at all. `stream`: the number in the name.
  /// Opens and reads the file: throws StageFailure where that fails.
  PassLog(int passes, const std::string& prefix, int stream, const AVCodec& codec);

  /// Before the encoder is opened. This must outlive the encoder.
  void prepare(AVCodecContext& encoder, media::Dictionary& options);
  /// After each packet and at the end: what the encoder has found out.
  void take(const AVCodecContext& encoder);

 private:
  struct Close {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  };

  int passes_;
  std::string name_;
  bool own_file_ = false;  ///< The encoder's.
  std::string read_;
  std::unique_ptr<std::FILE, Close> log_;
};

}  // namespace latham::encoder
