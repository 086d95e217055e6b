// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

/// Fixed-width numbers and counted strings in a byte vector: what messages between stages are made of.
namespace latham::media {

class ByteWriter {
 public:
  explicit ByteWriter(std::vector<std::byte>& out) : out_(out) { out_.clear(); }

  template <class T>
  requires std::is_arithmetic_v<T>
  void number(T value) {
    const auto bytes = std::as_bytes(std::span(&value, 1));
    out_.insert(out_.end(), bytes.begin(), bytes.end());
  }
  void bytes(const void* data, std::size_t size) {
    number(static_cast<std::uint32_t>(size));
    if (size == 0) return;
    const auto* first = static_cast<const std::byte*>(data);
    out_.insert(out_.end(), first, first + size);
  }
  void text(const std::string& s) { bytes(s.data(), s.size()); }

 private:
  std::vector<std::byte>& out_;
};

/// Throws std::runtime_error at any read past the end: the message is not what it claims to be.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> in) : in_(in) {}

  template <class T>
  requires std::is_arithmetic_v<T> T number() {
    T value{};
    std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
    return value;
  }
  std::span<const std::byte> bytes() { return take(number<std::uint32_t>()); }
  std::string text() {
    const auto b = bytes();
    return {reinterpret_cast<const char*>(b.data()), b.size()};
  }
  /// A count of things that take at least `each` bytes of what is left.
  std::uint32_t count(std::size_t each) {
    const auto n = number<std::uint32_t>();
    if (n > in_.size() / each) throw std::runtime_error("message between stages: impossible count");
    return n;
  }

 private:
  std::span<const std::byte> take(std::size_t size) {
    if (size > in_.size()) throw std::runtime_error("message between stages: cut short");
    const auto part = in_.first(size);
    in_ = in_.subspan(size);
    return part;
  }
  std::span<const std::byte> in_;
};

}  // namespace latham::media
