// SPDX-License-Identifier: MIT
#include "encoder/packet_spool.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>
#include <utility>

#include "media/messages.h"
#include "system/failure.h"
#include "system/uninterrupted.h"

namespace latham::encoder {
namespace {

/// From so much on it is written; read in pieces of so much.
constexpr std::size_t kBlock = std::size_t{1} << 20;

using Length = std::uint32_t;  ///< Before each packet: of what follows.

}  // namespace

PacketSpool::PacketSpool(UniqueFd fd, std::string output, std::int64_t end)
    : fd_(std::move(fd)), output_(std::move(output)), end_(end) {}

void PacketSpool::begin_part() {
  write_out();
  parts_.push_back({end_, 0, 0});
  checksum_ = Checksum();
}

void PacketSpool::begin_part(const Part& written) {
  write_out();
  parts_.push_back(written);
}

void PacketSpool::append(const AVPacket& packet) {
  media::write_packet(packet, 0, message_);
  const auto length = static_cast<Length>(message_.size());
  const auto head = std::as_bytes(std::span(&length, 1));
  waiting_.insert(waiting_.end(), head.begin(), head.end());
  waiting_.insert(waiting_.end(), message_.begin(), message_.end());
  ++parts_.back().packets;
  if (waiting_.size() >= kBlock) write_out();
}

void PacketSpool::write_out() {
  for (std::size_t done = 0; done < waiting_.size();) {
    const ssize_t n = uninterrupted([&] {
      return ::pwrite(fd_.get(), waiting_.data() + done, waiting_.size() - done,
                      end_ + static_cast<off_t>(done));
    });
    if (n < 0)
      throw StageFailure(FailureKind::output,
                         fmt::format("keep the packets of '{}': {}", output_,
                                     errno == ENOSPC || errno == EDQUOT
                                         ? "the disk is full; free some space and run it again"
                                         : std::strerror(errno)));
    done += static_cast<std::size_t>(n);
  }
  checksum_.add(waiting_);
  const auto bytes = static_cast<std::int64_t>(waiting_.size());
  if (!parts_.empty()) parts_.back().bytes += bytes;
  end_ += bytes;
  waiting_.clear();
}

std::string PacketSpool::flush() {
  write_out();
  return fmt::format("{:016x}", checksum_.value());
}

std::int64_t PacketSpool::bytes() const noexcept {
  auto all = static_cast<std::int64_t>(waiting_.size());
  for (const Part& part : parts_) all += part.bytes;
  return all;
}

SpoolReader::SpoolReader(PacketSpool& spool) : spool_(spool) {
  spool_.write_out();
}

void SpoolReader::fail(const char* reason) const {
  throw StageFailure(FailureKind::output,
                     fmt::format("read back the packets of '{}': {}", spool_.output_, reason));
}

/// The next part that has any bytes, where the one before is used up.
bool SpoolReader::find_part() {
  while (at_ == end_ && used_ == buffer_.size()) {
    if (next_part_ == spool_.parts_.size()) return false;
    const PacketSpool::Part& part = spool_.parts_[next_part_++];
    at_ = part.offset;
    end_ = part.offset + part.bytes;
  }
  return true;
}

/// So many bytes of this part in one piece; they last until the next call.
const std::byte* SpoolReader::take(std::size_t bytes) {
  if (buffer_.size() - used_ < bytes) {
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(used_));
    used_ = 0;
    const std::size_t had = buffer_.size();
    const std::size_t more =
        std::min(std::max(kBlock, bytes - had), static_cast<std::size_t>(end_ - at_));
    if (had + more < bytes) fail("it ends inside of a packet");
    buffer_.resize(had + more);
    for (std::size_t done = had; done < buffer_.size();) {
      const ssize_t n = uninterrupted([&] {
        return ::pread(spool_.fd_.get(), buffer_.data() + done, buffer_.size() - done, at_);
      });
      if (n < 0) fail(std::strerror(errno));
      if (n == 0) fail("it has become shorter");
      done += static_cast<std::size_t>(n);
      at_ += n;
    }
  }
  used_ += bytes;
  return buffer_.data() + used_ - bytes;
}

bool SpoolReader::next(media::Packet& packet) {
  if (!find_part()) return false;
  Length length = 0;
  std::memcpy(&length, take(sizeof length), sizeof length);
  packet = media::read_packet({take(length), length}).packet;
  return true;
}

}  // namespace latham::encoder
