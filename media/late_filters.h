// SPDX-License-Identifier: MIT
#pragma once

namespace latham::media {

/// Before the sandbox is entered, in a process that is linked with media/late_filters.cpp in the place of
/// libavfilter: loads it now where the sandbox would not let it be loaded later. Throws std::runtime_error.
void load_filters_if_never_later();

}  // namespace latham::media
