// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace latham::ringbuf {

/// What a step on the frame path came to. Flow control is not failure: only `corrupt` is.
enum class [[nodiscard]] Status : std::uint8_t{
    ok,
    empty,      ///< Consumer: nothing new yet.
    full,       ///< Producer: no slot, or entry q-N still owed.
    no_memory,  ///< Producer: the pages of the slot could not be had.
    end,        ///< Consumer: the stream ended and every entry was seen.
    corrupt,    ///< The peer's words break the protocol; the edge must not be used further.
};

}  // namespace latham::ringbuf
