// SPDX-License-Identifier: MIT
#pragma once

#include "viewer/picture.h"

namespace latham::viewer {

/// Measures of a picture as it is shown, in 8 bit RGB; each a small picture of its own. Luma here is
/// BT.709's.
inline constexpr Size kScopeSize{256, 160};
inline constexpr Size kVectorscopeSize{200, 200};

/// How often each value of red, green and blue occurs, from 0 on the left to 255 on the right, by
/// the root of the count.
void histogram(const Picture& picture, Picture& out);
/// The lumas of each column, black at the bottom.
void waveform(const Picture& picture, Picture& out);
/// Blue against red difference, grey in the middle, with the places of the six full colours.
void vectorscope(const Picture& picture, Picture& out);

}  // namespace latham::viewer
