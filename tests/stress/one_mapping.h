// SPDX-License-Identifier: MIT
#pragma once

namespace latham::stress {

/// While it lives, every mapping of one region in this process is the same memory: ThreadSanitizer
/// knows memory by address, and would take two mappings for two memories. Needs the program to be
/// linked with --wrap=mmap --wrap=munmap. Regions are mapped writable for all roles, and no frame
/// may be evicted, since an eviction moves pages of the shared mapping.
class OneMapping {
 public:
  OneMapping();
  ~OneMapping();
  OneMapping(const OneMapping&) = delete;
  OneMapping& operator=(const OneMapping&) = delete;
  /// Mappings that were given an address another had already.
  [[nodiscard]] static int shared();
};

}  // namespace latham::stress
