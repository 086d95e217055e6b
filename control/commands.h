// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "control/message.h"

namespace latham::control {

/// What the supervisor can tell a stage over the control pipe. A handful of verbs, none of which
/// names a program, a file or an address. Fields: docs/process-model.md.
enum class Command {
  start,   ///< Begin; answered by `started`.
  pause,   ///< Hold still, keep everything; answered by `paused`.
  resume,  ///< Go on after `pause`; answered by `resumed`.
  stop,    ///< Drain, finish, exit 0; answered by `stopping`.
  abort,   ///< Leave at once; not answered.
  seek,    ///< To a decoder that plays a file: go to another place; answered by `seeking`.
  facts,   ///< To a viewer: how the job stands. Not answered.
  ahead,   ///< To an encoder: another one lacks an input, see encoder/ahead.h. Not answered.
};

/// The command as it stands on the line.
[[nodiscard]] constexpr std::string_view word(Command command) noexcept {
  switch (command) {
    case Command::start:
      return "start";
    case Command::pause:
      return "pause";
    case Command::resume:
      return "resume";
    case Command::stop:
      return "stop";
    case Command::abort:
      return "abort";
    case Command::seek:
      return "seek";
    case Command::facts:
      return "facts";
    case Command::ahead:
      return "ahead";
  }
  return "";
}

/// The command of `message`, or nothing where its word is not one of ours: the receiver warns and
/// goes on, so that versions can differ. Fields that a command does not know are ignored for the
/// same reason.
[[nodiscard]] inline std::optional<Command> command_from(const Message& message) noexcept {
  constexpr std::array kSent = {Command::start, Command::pause, Command::resume, Command::stop,
                                Command::abort, Command::seek,  Command::facts,  Command::ahead};
  for (const Command command : kSent) {
    if (message.word == word(command)) return command;
  }
  return std::nullopt;
}

}  // namespace latham::control
