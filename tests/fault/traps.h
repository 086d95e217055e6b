// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

/// Between the test that sets a trap and the library that a decoder falls into it with.
namespace latham::test {

enum class TrapKind : std::uint32_t {
  none,
  crash,
  hang,
  killed,   ///< As from outside, of which the packet is not to blame.
  no_end,   ///< A crash, after it has said that it published a frame more than it has.
  damages,  ///< A crash, after it has published a frame that lies nowhere.
  empty,    ///< After so many packets of any kind it is told that there is none yet, for ever.
};

/// A file that the test makes and the library maps.
struct TrapPage {
  // Written by the test before.
  TrapKind kind;
  std::uint32_t times;  ///< How often it springs, at most.
  std::uint32_t
      number;          ///< At this packet of pictures in the decoder's life, from 1; 0: at `byte`.
  std::uint32_t step;  ///< Added to the number each time.
  std::int64_t byte;   ///< At the packet that lies there in the file.
  // Written by the library.
  std::uint32_t sprung;
};

/// The variable with the page's path.
constexpr const char* kTrapPageVariable = "LATHAM_TRAP_PAGE";

}  // namespace latham::test
