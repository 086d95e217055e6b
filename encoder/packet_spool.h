// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "media/input_context.h"
#include "system/checksum.h"
#include "system/unique_fd.h"

namespace latham::encoder {

/// Packets on disk until the output is joined. What is read back is put together of parts of the file, in
/// the order in which they were begun here: some of them an earlier process may have written.
class PacketSpool {
 public:
  /// Packets that follow each other in the file.
  struct Part {
    std::int64_t offset = 0;
    std::int64_t bytes = 0;
    std::int64_t packets = 0;
  };

  /// `output`: for messages. `end`: so many bytes of the file are in use and stay as they are.
  PacketSpool(UniqueFd fd, std::string output, std::int64_t end);

  /// What is appended from here on is another part.
  void begin_part();
  /// So is what lies there already.
  void begin_part(const Part& written);
  /// Throws StageFailure(output) where it cannot be written; it may be written later.
  void append(const AVPacket& packet);
  /// Everything that was appended is in the file. Returns the hash of the part that was begun last, 16
  /// hexadecimal digits.
  [[nodiscard]] std::string flush();

  [[nodiscard]] const std::deque<Part>& parts() const noexcept { return parts_; }
  /// Of all parts, and what waits to be written.
  [[nodiscard]] std::int64_t bytes() const noexcept;

 private:
  friend class SpoolReader;
  void write_out();

  UniqueFd fd_;
  std::string output_;
  std::int64_t end_;
  std::deque<Part> parts_;
  Checksum checksum_;  ///< Of the last part.
  std::vector<std::byte> message_;
  std::vector<std::byte> waiting_;
};

/// Reads all packets of a spool once, when all of them are in it.
class SpoolReader {
 public:
  /// `spool` must outlive this.
  explicit SpoolReader(PacketSpool& spool);

  /// The next packet; false behind the last. Throws StageFailure(output) where the file cannot be read.
  [[nodiscard]] bool next(media::Packet& packet);

 private:
  [[nodiscard]] bool find_part();
  [[nodiscard]] const std::byte* take(std::size_t bytes);
  [[noreturn]] void fail(const char* reason) const;

  PacketSpool& spool_;
  std::size_t next_part_ = 0;
  std::int64_t at_ = 0;   ///< In the file, behind what was read from it.
  std::int64_t end_ = 0;  ///< Of the part.
  std::vector<std::byte> buffer_;
  std::size_t used_ = 0;  ///< Of the buffer.
};

}  // namespace latham::encoder
