// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>
#include <sys/types.h>

#include <csignal>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace latham::test {

using ChildArgs = std::vector<std::string>;
using ChildRole = int (*)(const ChildArgs& args);

/// Makes the test program able to run itself as another process: `program --child=NAME ARGS...`
/// runs the body with `args` and exits with what it returns.
///
///     LATHAM_CHILD(writer) { return write_lines(std::stoi(args.at(0))); }
///     ...
///     Child child = spawn_child("writer", keep_open(pipe_end), 17);
///     EXPECT_EQ(child.wait().code, 0);
#define LATHAM_CHILD(name)                                               \
  static int latham_child_##name(const ::latham::test::ChildArgs& args); \
  [[maybe_unused]] static const bool latham_child_registered_##name =    \
      ::latham::test::register_child(#name, latham_child_##name);        \
  static int latham_child_##name([[maybe_unused]] const ::latham::test::ChildArgs& args)

bool register_child(std::string_view name, ChildRole role);

/// The exit code of the role that argv asks for, or nothing where it asks for none. For main().
std::optional<int> run_child_if_asked(int argc, char** argv);

/// How a child ended: by itself with `code`, or by `signal`.
struct ChildExit {
  bool exited = false;
  int code = -1;
  int signal = 0;
};

/// A running child. Killed and reaped when the handle goes. It also dies with the thread that
/// spawned it, so spawn from one that outlives it.
class Child {
 public:
  explicit Child(pid_t pid) noexcept : pid_(pid) {}
  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;
  ~Child();

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  /// Waits for its end and reaps it; again the same answer if called again.
  ChildExit wait();
  /// Nothing where it was reaped already: its number may be another process's by then.
  void kill(int signal = SIGKILL) const noexcept;

 private:
  pid_t pid_ = -1;
  std::optional<ChildExit> result_;
};

/// An argument that is a descriptor: it stays open in the child under the same number, which is
/// what the child reads.
struct KeepOpen {
  int fd;
};
[[nodiscard]] inline KeepOpen keep_open(int fd) noexcept {
  return {fd};
}

[[nodiscard]] Child spawn_child_with(std::string_view name, ChildArgs args,
                                     const std::vector<int>& open_fds);

/// Runs this program again as the role `name`. Arguments are strings, numbers or keep_open(fd); of
/// the parent's descriptors the child has the standard three, those that are not close-on-exec, and
/// those kept open.
template <class... Args>
[[nodiscard]] Child spawn_child(std::string_view name, const Args&... args) {
  ChildArgs texts;
  std::vector<int> open_fds;
  [[maybe_unused]] const auto add = [&](const auto& arg) {
    if constexpr (std::is_same_v<std::decay_t<decltype(arg)>, KeepOpen>) {
      open_fds.push_back(arg.fd);
      texts.push_back(fmt::format("{}", arg.fd));
    } else {
      texts.push_back(fmt::format("{}", arg));
    }
  };
  (add(args), ...);
  return spawn_child_with(name, std::move(texts), open_fds);
}

}  // namespace latham::test
