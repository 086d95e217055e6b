// SPDX-License-Identifier: MIT
#include "tests/support/old_kernel.h"

#include <linux/landlock.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <memory>
#include <system_error>

#include "system/error.h"

namespace latham::test {
namespace {

using Filter = std::unique_ptr<void, void (*)(scmp_filter_ctx)>;

int checked(int result) {
  if (result < 0) throw std::system_error(-result, std::generic_category(), "forget a call");
  return result;
}

Filter make_filter() {
  return {seccomp_init(SCMP_ACT_ALLOW), seccomp_release};
}

/// Says `version` whenever the kernel is asked which one it has, until our parent dies.
[[noreturn]] void answer(int listener, int version) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (int fd = 0; fd < 3; ++fd) ::close(fd);  // whoever reads these waits for their end
  seccomp_notif* question = nullptr;
  seccomp_notif_resp* reply = nullptr;
  if (seccomp_notify_alloc(&question, &reply) != 0) ::_exit(1);
  for (;;) {
    *question = {};
    if (seccomp_notify_receive(listener, question) != 0) continue;
    *reply = {question->id, version, 0, 0};
    (void)seccomp_notify_respond(listener, reply);
  }
}

}  // namespace

void pretend_landlock(int version) {
  const Filter filter = make_filter();
  if (version == 0) {
    for (const int call :
         {SYS_landlock_create_ruleset, SYS_landlock_add_rule, SYS_landlock_restrict_self})
      checked(seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(ENOSYS), call, 0));
    checked(seccomp_load(filter.get()));
    return;
  }
  // A number is no error code, so another process has to give it.
  checked(seccomp_rule_add(filter.get(), SCMP_ACT_NOTIFY, SYS_landlock_create_ruleset, 1,
                           scmp_arg_cmp{2, SCMP_CMP_EQ, LANDLOCK_CREATE_RULESET_VERSION, 0}));
  // Fields that came later: rules for the network with version 4, scopes with 6.
  const std::uint64_t known = version < 4 ? 8 : version < 6 ? 16 : 24;
  checked(seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(E2BIG), SYS_landlock_create_ruleset, 1,
                           scmp_arg_cmp{1, SCMP_CMP_GT, known, 0}));
  checked(seccomp_load(filter.get()));
  const int listener = checked(seccomp_notify_fd(filter.get()));
  const pid_t pid = ::fork();
  if (pid < 0) throw_errno("start who answers for the kernel");
  if (pid == 0) answer(listener, version);
  ::close(listener);
}

void forget_seccomp() {
  const Filter filter = make_filter();
  checked(seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(seccomp), 0));
  checked(seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(prctl), 1,
                           scmp_arg_cmp{0, SCMP_CMP_EQ, PR_SET_SECCOMP, 0}));
  checked(seccomp_load(filter.get()));
}

}  // namespace latham::test
