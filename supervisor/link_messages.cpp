// SPDX-License-Identifier: MIT
#include "supervisor/link_messages.h"

#include <fmt/format.h>

namespace latham::supervisor {
namespace {

std::string list(const std::vector<int>& numbers) {
  std::string text;
  for (const int number : numbers) text += fmt::format("{}{}", text.empty() ? "" : ",", number);
  return text;
}

}  // namespace

control::Message packets_out(const PacketPlan& packets, const char* transport) {
  return {"packets-out",
          {{"copied", list(packets.copied)},
           {"decoded", list(packets.decoded)},
           {"transport", transport}},
          {}};
}

control::Message packets_in(const PacketPlan& packets, const char* transport) {
  return {
      "packets-in", {{"input", fmt::format("{}", packets.input)}, {"transport", transport}}, {}};
}

control::Message produce(const EdgePlan& edge, const char* transport) {
  control::Message message{"produce",
                           {{"edge", fmt::format("{}", edge.number)},
                            {"stream", fmt::format("{}", edge.stream)},
                            {"transport", transport}},
                           {}};
  for (std::size_t i = 0; i < edge.filters.size(); ++i)
    message.fields[fmt::format("filter{}", i)] = edge.filters[i];
  return message;
}

std::map<std::string, std::string> consumer_fields(const EdgePlan& edge, std::size_t index) {
  const ConsumerPlan& consumer = edge.consumers[index];
  return {{"edge", fmt::format("{}", edge.number)},
          {"index", fmt::format("{}", index)},
          {"stream", fmt::format("{}", consumer.stream)},
          {"policy", std::string(word(consumer.policy))},
          {"transport", "shm"}};
}

}  // namespace latham::supervisor
