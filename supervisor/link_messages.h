// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "control/message.h"
#include "supervisor/pipeline.h"

/// The link messages by which stages are joined; docs/process-model.md has their fields.
namespace latham::supervisor {

[[nodiscard]] control::Message packets_out(const PacketPlan& packets, const char* transport);
[[nodiscard]] control::Message packets_in(const PacketPlan& packets, const char* transport);
[[nodiscard]] control::Message produce(const EdgePlan& edge, const char* transport);
/// Of `consume` and `consumer`, in shared memory.
[[nodiscard]] std::map<std::string, std::string> consumer_fields(const EdgePlan& edge,
                                                                 std::size_t index);

}  // namespace latham::supervisor
