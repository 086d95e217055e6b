/* SPDX-License-Identifier: MIT
 *
 * Sleep and wake: a producer that sleeps while the ring is full (two places) or the newest entry is not yet taken, and a
 * consumer that sleeps while there is nothing new and may keep one frame while it does, ring each other's bells; 3 frames
 * and the end of stream. Store buffers on both sides. Either may be killed at any step; the supervisor then tells the
 * other (link message) and rings its bell.
 *
 * The bell's semaphore is a futex word: 1 after a post, 0 once taken. Taking it exchanges it for 0; where it was 0, the kernel
 * compares it with 0 and puts the sleeper to bed in one step. A post exchanges it for 1, then wakes whoever lies there.
 *
 * It is waited on WITHOUT the bound that the code has, so that a lost wake is a deadlock, which
 * SPIN finds as an invalid end state. Holds: there is none. So no wake depends on the bound, as long as
 * the dead one's neighbours are rung whether or not they seem to sleep.
 *
 * Controls, each of which must fail:
 *   NO_FENCE_SLEEPER     no full fence between `sleeping` = 1 and the look
 *   NO_FENCE_WAKER       no full fence between what was published and the look at `sleeping`
 *   NO_LOOK_AGAIN        the sleeper does not look once more after it has set the flag
 *   RING_BEFORE_PUBLISH  the waker rings first
 *   NO_RING_AT_TAKE      the consumer rings when it is done with an entry, but not when it takes one: the producer sleeps
 *                        until it is taken, and the consumer keeps it while it sleeps
 *   CLEAR_AFTER_POST     the waker posts first and clears `sleeping` then
 *   NO_COMPARE           the kernel does not compare: a post between the take and the sleep is slept through
 *   STALE_EXPECTED       the kernel is told to expect what the word holds now, which may be a post's 1, instead of 0
 *   WAKE_BEFORE_POST     the post wakes first and sets the word then
 *   BELL_BEFORE_DETACH   the supervisor rings before it sends the link message
 *   BELL_IF_SLEEPING     the supervisor posts only where `sleeping` is set: the dead one may have cleared it and
 *                        died before its post
 *   STOPPED_WAKER        somebody for whom the producer does not wait rings too, and is stopped for ever between the
 *                        clear and the post: this is what the bound is for, and why latest consumers never ring
 */
#define FRAMES 3

#define HEAD 0
#define END 1
#define DONE 2
#define POSITION 3
#define SLEEPING(p) (4 + (p))
#define LOCATIONS 6
#define PROCESSES 2
#define P 0
#define C 1
#define OTHER(p) (1 - (p))
#ifdef STOPPED_WAKER
#undef PROCESSES
#define PROCESSES 3
#define BYSTANDER 2
#endif
#define DEPTH 6
#include "store_buffer.pml"

bit posted[2]; /* the word of each one's semaphore */
bit in_bed[2]; /* asleep in the kernel */
bit dead[2];
bit detached[2];  /* the link message "your neighbour p is gone" has arrived */
bit left[2];      /* finished by itself */

/* Every access to the semaphore's word is an exchange, in the mem[] of all at once; that of the post is a release. */
inline post(p) {
#ifdef WAKE_BEFORE_POST
  in_bed[p] = 0;
  posted[p] = 1
#else
  posted[p] = 1;
  in_bed[p] = 0 /* FUTEX_WAKE */
#endif
}

#ifdef NO_COMPARE
#define EXPECTED(me) true
#else
#ifdef STALE_EXPECTED
#define EXPECTED(me) (posted[me] == expected)
#else
#define EXPECTED(me) (posted[me] == 0)
#endif
#endif

inline take(me) {
  if
  :: atomic { posted[me] -> posted[me] = 0 }
  :: else ->
#ifdef STALE_EXPECTED
     expected = posted[me];
#endif
     if
     :: atomic { EXPECTED(me) -> in_bed[me] = 1 };
        !in_bed[me] /* FUTEX_WAIT, for ever */
     :: else
     fi;
     posted[me] = 0
  fi
}

/* An exchange empties the buffer on x86; here it need only keep its own word's order. */
inline ring(me, p) {
#ifndef NO_FENCE_WAKER
  fence_full(me);
#endif
  if
  :: mem[SLEEPING(p)] == 0
  :: else ->
#ifdef CLEAR_AFTER_POST
     DRAINED(me);
     post(p);
     store_relaxed(me, SLEEPING(p), 0)
#else
     atomic { /* exchange */
       seen = mem[SLEEPING(p)];
       mem[SLEEPING(p)] = 0
     };
     if
     :: seen -> seen = 0; DRAINED(me); post(p)
     :: else
     fi
#endif
  fi
}

inline sleep(me, look) {
  store_relaxed(me, SLEEPING(me), 1);
#ifndef NO_FENCE_SLEEPER
  fence_full(me);
#endif
#ifdef NO_LOOK_AGAIN
  take(me);
#else
  if
  :: look
  :: else -> take(me)
  fi;
#endif
  store_relaxed(me, SLEEPING(me), 0)
}

#define MAY_PUBLISH (detached[C] || (mem[POSITION] == q && q - mem[DONE] <= 1))

proctype Producer() {
  byte q;
  bit seen, expected;
  {
    do
    :: q == FRAMES -> break
    :: else ->
       do
       :: MAY_PUBLISH -> break
       :: else -> sleep(P, MAY_PUBLISH)
       od;
       q++;
#ifdef RING_BEFORE_PUBLISH
       ring(P, C);
       store_release(P, HEAD, q)
#else
       store_release(P, HEAD, q);
       ring(P, C)
#endif
    od;
    store_release(P, END, 1);
    ring(P, C);
    left[P] = 1
  } unless { dead[P] }
}

proctype Consumer() {
  byte q, done, finished;
  bit seen, expected;
  {
    do
    :: mem[HEAD] > q ->
       q++;
       store_relaxed(C, POSITION, q);
#ifndef NO_RING_AT_TAKE
       ring(C, P);
#endif
       if
       :: finished = q
       :: finished = q - 1 /* kept until the next is taken */
       fi;
       if
       :: finished == done /* nothing to say */
       :: else ->
          done = finished;
#ifdef RING_BEFORE_PUBLISH
          ring(C, P);
          store_release(C, DONE, done)
#else
          store_release(C, DONE, done);
          ring(C, P)
#endif
       fi
    :: mem[HEAD] == q && (mem[END] || detached[P]) -> break
    :: else -> sleep(C, (mem[HEAD] > q || mem[END] || detached[P]))
    od;
    assert(q == FRAMES || dead[P]);
    left[C] = 1
  } unless { dead[C] }
}

/* Tells the neighbour of `p`, which died. The kernel's word for it comes after all that `p` stored. */
inline bury(p) {
  DRAINED(p);
#ifdef BELL_BEFORE_DETACH
  post(OTHER(p));
  detached[p] = 1
#else
  detached[p] = 1;
#ifdef BELL_IF_SLEEPING
  if
  :: mem[SLEEPING(OTHER(p))] -> mem[SLEEPING(OTHER(p))] = 0; post(OTHER(p))
  :: else
  fi
#else
  post(OTHER(p))
#endif
#endif
}

proctype Supervisor() {
end:
  do
  :: dead[P] && !detached[P] -> bury(P)
  :: dead[C] && !detached[C] -> bury(C)
  od
}

proctype Killer() {
  do
  :: atomic { !dead[P] && !left[P] -> dead[P] = 1 }
  :: atomic { !dead[C] && !left[C] -> dead[C] = 1 }
  :: break
  od
}

#ifdef STOPPED_WAKER
proctype Bystander() {
end:
  mem[SLEEPING(P)] == 1;
  mem[SLEEPING(P)] = 0;
end_stopped:
  false
}
#endif

init {
  atomic {
    run Drain(P); run Drain(C);
    run Producer(); run Consumer(); run Supervisor(); run Killer();
#ifdef STOPPED_WAKER
    run Bystander()
#endif
  }
}
