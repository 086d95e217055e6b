// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <string>
#include <thread>

namespace latham::test {

/// A file that comes little by little out of a FIFO, so that a job lasts as long as a test wants: the
/// last tenth comes only after release(), and then all of the rest at once.
class Trickle {
 public:
  /// Makes the FIFO beside the file. The job that reads it must begin after this.
  explicit Trickle(const std::string& file);
  Trickle(const Trickle&) = delete;
  Trickle& operator=(const Trickle&) = delete;
  ~Trickle();

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  void release() noexcept { released_ = true; }

 private:
  void write(const std::string& bytes);

  std::string path_;
  std::atomic<bool> released_ = false;
  std::atomic<bool> gone_ = false;
  std::thread writer_;
};

}  // namespace latham::test
