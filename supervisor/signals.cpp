// SPDX-License-Identifier: MIT
#include "supervisor/signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include "system/error.h"

namespace latham::supervisor {

SignalWatch::SignalWatch() {
  sigset_t ours;
  sigemptyset(&ours);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    // Whoever started us under nohup wants HUP to stay ignored; a shell's background job likewise
    // INT.
    struct sigaction current {};
    if (::sigaction(signal, nullptr, &current) == 0 && current.sa_handler == SIG_IGN) continue;
    sigaddset(&ours, signal);
  }
  fd_.reset(::signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd_) throw_errno("make a signal descriptor");
  ::sigprocmask(SIG_BLOCK, &ours, &before_);
}

SignalWatch::~SignalWatch() {
  // What is pending was meant for the job, which is over.
  while (take() != 0) {
  }
  ::sigprocmask(SIG_SETMASK, &before_, nullptr);
}

int SignalWatch::take() noexcept {
  signalfd_siginfo info{};
  if (::read(fd_.get(), &info, sizeof(info)) != static_cast<ssize_t>(sizeof(info))) return 0;
  return static_cast<int>(info.ssi_signo);
}

}  // namespace latham::supervisor
