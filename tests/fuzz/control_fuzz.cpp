// SPDX-License-Identifier: MIT
// Fuzzes the lines that one process reads from another: control pipe, status pipe, link socket.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "control/commands.h"
#include "control/message.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace latham::control;
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  const auto message = parse(line);
  if (!message) return 0;
  // Whatever is taken can be said again, in no more bytes, and means the same.
  const std::string again = format(*message);
  require(again.size() <= line.size() + 1);
  require(again.find('\n') == again.size() - 1);
  const auto second = parse(std::string_view(again).substr(0, again.size() - 1));
  require(second && second->word == message->word && second->fields == message->fields &&
          second->text == message->text);
  for (const auto& [key, value] : message->fields) {
    (void)message->number(key);
    require(message->get(key) == value);
  }
  (void)command_from(*message);
  return 0;
}
