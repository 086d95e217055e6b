// SPDX-License-Identifier: MIT
#include "supervisor/stream_tables.h"

#include <fcntl.h>
#include <sys/mman.h>

#include "ringbuf/memory.h"
#include "system/error.h"

namespace latham::supervisor {

UniqueFd create_table() {
  UniqueFd fd(::memfd_create("latham-table", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd) throw_errno("create memory for a stream table");
  return fd;
}

UniqueFd seal_table(UniqueFd table) {
  // A decoder that still maps it for writing is refused here.
  if (::fcntl(table.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) !=
      0)
    throw_errno("seal a stream table");
  return ringbuf::reopen_read_only(table.get());
}

}  // namespace latham::supervisor
