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

control::Message packets_out(const PacketPlan& packets, Transport transport) {
  return {"packets-out",
          {{"copied", list(packets.copied)},
           {"decoded", list(packets.decoded)},
           {"transport", std::string(word(transport))}},
          {}};
}

control::Message packets_in(const PacketPlan& packets, Transport transport) {
  return {
      "packets-in",
      {{"input", fmt::format("{}", packets.input)}, {"transport", std::string(word(transport))}},
      {}};
}

control::Message produce(const EdgePlan& edge, Transport transport) {
  control::Message message{"produce",
                           {{"edge", fmt::format("{}", edge.number)},
                            {"stream", fmt::format("{}", edge.stream)},
                            {"transport", std::string(word(transport))}},
                           {}};
  for (std::size_t i = 0; i < edge.filters.size(); ++i)
    message.fields[fmt::format("filter{}", i)] = edge.filters[i];
  return message;
}

Fields consumer_fields(std::uint32_t edge, std::size_t index, Policy policy, Transport transport) {
  return {{"edge", fmt::format("{}", edge)},
          {"index", fmt::format("{}", index)},
          {"policy", policy == Policy::lossless ? "lossless" : "latest"},
          {"transport", std::string(word(transport))}};
}

Fields consumer_fields(const EdgePlan& edge, std::size_t index, Transport transport) {
  const ConsumerPlan& consumer = edge.consumers[index];
  Fields fields = consumer_fields(edge.number, index, consumer.policy, transport);
  fields["stream"] = fmt::format("{}", consumer.stream);
  return fields;
}

}  // namespace latham::supervisor
