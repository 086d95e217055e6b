// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "control/message.h"
#include "supervisor/job.h"
#include "supervisor/pipeline.h"

/// The link messages by which stages are joined; docs/process-model.md has their fields.
namespace latham::supervisor {

[[nodiscard]] control::Message packets_out(const PacketPlan& packets, Transport transport);
[[nodiscard]] control::Message packets_in(const PacketPlan& packets, Transport transport);
[[nodiscard]] control::Message produce(const EdgePlan& edge, Transport transport);
using Fields = std::map<std::string, std::string>;
/// Of `consume` and `consumer`: place `index` of an edge.
[[nodiscard]] Fields consumer_fields(std::uint32_t edge, std::size_t index, Policy policy,
                                     Transport transport = Transport::shm);
/// The same with the stream of the output that it is for.
[[nodiscard]] Fields consumer_fields(const EdgePlan& edge, std::size_t index,
                                     Transport transport = Transport::shm);

}  // namespace latham::supervisor
