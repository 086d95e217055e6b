/* SPDX-License-Identifier: MIT
 *
 * Shared memory behind store buffers, for the models beside this file.
 *
 * mem[] is what every process can load. A store goes into its process's buffer and reaches mem[] at any
 * later moment. The buffer is weaker than x86 (TSO): stores to different words leave it in any order,
 * except that
 *   - stores to one word keep their order (coherence);
 *   - a release store leaves after everything that was stored before it;
 *   - everything stored after a release fence leaves after everything stored before it;
 *   - a full fence waits until the buffer is empty.
 * Loads are taken in program order; where C++ lets a load move, the model says so by trying both orders.
 * A killed process's buffer still drains: what it stored before it died is stored.
 */
#ifndef DEPTH
#define DEPTH 8
#endif

byte mem[LOCATIONS];

typedef Buffer {
  byte n;          /* stores that wait */
  byte group;      /* release fences since the buffer was empty */
  byte loc[DEPTH];
  byte val[DEPTH];
  byte grp[DEPTH]; /* group of the store */
  bit rel[DEPTH]   /* a release store */
};
Buffer buffer[PROCESSES];

inline put(p, l, v, r) {
  atomic {
    buffer[p].n < DEPTH;
    buffer[p].loc[buffer[p].n] = l;
    buffer[p].val[buffer[p].n] = v;
    buffer[p].grp[buffer[p].n] = buffer[p].group;
    buffer[p].rel[buffer[p].n] = r;
    buffer[p].n++
  }
}
inline store_relaxed(p, l, v) { put(p, l, v, 0) }
inline store_release(p, l, v) { put(p, l, v, 1) }

inline fence_release(p) {
  d_step {
    if
    :: buffer[p].n > 0 && buffer[p].grp[buffer[p].n - 1] == buffer[p].group -> buffer[p].group++
    :: else
    fi
  }
}
#define DRAINED(p) (buffer[p].n == 0)
#define fence_full(p) DRAINED(p)

/* Store j of the buffer keeps store i, which came later, waiting. */
#define BLOCKS(p, j, i)                                                             \
  (buffer[p].rel[i] || buffer[p].loc[j] == buffer[p].loc[i] || buffer[p].grp[j] < buffer[p].grp[i])
#define FREE1(p, i) (!BLOCKS(p, 0, i))
#define FREE2(p, i) (FREE1(p, i) && !BLOCKS(p, 1, i))
#define FREE3(p, i) (FREE2(p, i) && !BLOCKS(p, 2, i))
#define FREE4(p, i) (FREE3(p, i) && !BLOCKS(p, 3, i))
#define FREE5(p, i) (FREE4(p, i) && !BLOCKS(p, 4, i))
#define FREE6(p, i) (FREE5(p, i) && !BLOCKS(p, 5, i))
#define FREE7(p, i) (FREE6(p, i) && !BLOCKS(p, 6, i))

inline drain(p, i) {
  d_step {
    mem[buffer[p].loc[i]] = buffer[p].val[i];
    k = i;
    do
    :: k + 1 < buffer[p].n ->
       buffer[p].loc[k] = buffer[p].loc[k + 1];
       buffer[p].val[k] = buffer[p].val[k + 1];
       buffer[p].grp[k] = buffer[p].grp[k + 1];
       buffer[p].rel[k] = buffer[p].rel[k + 1];
       k++
    :: else -> break
    od;
    buffer[p].n--;
    /* Unused room reads zero, so that equal states compare equal. */
    buffer[p].loc[buffer[p].n] = 0;
    buffer[p].val[buffer[p].n] = 0;
    buffer[p].grp[buffer[p].n] = 0;
    buffer[p].rel[buffer[p].n] = 0;
    if
    :: buffer[p].n == 0 -> buffer[p].group = 0
    :: else
    fi;
    k = 0
  }
}

/* The memory system of one process. */
proctype Drain(byte p) {
  byte k;
end:
  do
  :: atomic { buffer[p].n > 0 -> drain(p, 0) }
  :: atomic { buffer[p].n > 1 && FREE1(p, 1) -> drain(p, 1) }
  :: atomic { buffer[p].n > 2 && FREE2(p, 2) -> drain(p, 2) }
  :: atomic { buffer[p].n > 3 && FREE3(p, 3) -> drain(p, 3) }
#if DEPTH > 4
  :: atomic { buffer[p].n > 4 && FREE4(p, 4) -> drain(p, 4) }
  :: atomic { buffer[p].n > 5 && FREE5(p, 5) -> drain(p, 5) }
#endif
#if DEPTH > 6
  :: atomic { buffer[p].n > 6 && FREE6(p, 6) -> drain(p, 6) }
  :: atomic { buffer[p].n > 7 && FREE7(p, 7) -> drain(p, 7) }
#endif
  od
}
