/* SPDX-License-Identifier: MIT
 *
 * Announce, confirm, retire: one producer, one latest consumer with one hold word, 3 slots (one to write,
 * the newest, one held), a ring of 4 places. Both sides work through store buffers that are weaker than
 * x86's. The consumer is attached between two frames and may be killed at any step; nobody clears
 * its hold then.
 *
 * Holds: while a confirmed hold lasts, the slot's pixels are those of the entry; the producer finds a slot
 * every time, in one pass; a consumer fails to confirm only where something newer was published; the newest
 * entry is never marked.
 *
 * Controls, each of which must fail:
 *   NO_FENCE_PRODUCER   no full fence between the mark and the look at the holds
 *   NO_FENCE_CONSUMER   no full fence between the announcement and the look at the entry
 *   NO_CONFIRM          the consumer does not look again after its announcement
 *   CONFIRM_UNORDERED   `number` may be loaded before `retired` (no acquire on `retired`)
 *   ANNOUNCE_RELAXED    the announcement is not a release: the last read of the frame before may come after
 *   REWRITTEN_NO_FENCE  an entry whose place was rewritten is looked at with no fence
 *   OPEN_NO_FENCE       no release fence between number = 0 and the new words
 *   ONE_BY_ONE          mark one entry, look at the holds, then the next entry: a hold that moves meanwhile
 *                       counts twice, and one pass may find nothing
 *   RETIRE_NEWEST       the newest entry may be taken back too
 *   USED_UNATTACHED     the consumer begins before the producer knows of it
 */
#define SLOTS 3
#define PLACES 4
#ifndef FRAMES
#define FRAMES 6
#endif

#ifdef USED_UNATTACHED
#define ATTACH_FROM 5
#else
#define ATTACH_FROM 2
#endif

#define HEAD 0
#define HOLD 1
#define NUMBER(q) (2 + (q) % PLACES)
#define SLOT(q) (6 + (q) % PLACES)
#define RETIRED(q) (10 + (q) % PLACES)
#define STAMP(s) (14 + (s))
#define LOCATIONS 17
#define PROCESSES 2
#define P 0
#define L 1
#include "store_buffer.pml"

bit dead;
bit attached;   /* taken by the producer between two frames; link messages are kernel calls */
byte newest;    /* ghost: the last number published */

/* Entry q is not wanted: marks it. Its place may belong to another entry by now. */
inline mark(q) {
  if
  :: placed[(q) % PLACES] == (q) -> store_relaxed(P, RETIRED(q), 1)
  :: else
  fi
}

#ifdef RETIRE_NEWEST
#define CANDIDATE(i) (live[i] != 0)
#else
#define CANDIDATE(i) (live[i] != 0 && live[i] != newest)
#endif

/* Frees what is neither newest nor held. */
inline collect() {
  atomic { i = 0; hold = 0 };
  if
  :: attached ->
#ifdef ONE_BY_ONE
     do
     :: i < SLOTS ->
        if
        :: CANDIDATE(i) ->
           mark(live[i]);
           fence_full(P);
           if
           :: mem[HOLD] != live[i] -> live[i] = 0
           :: else
           fi
        :: else
        fi;
        i++
     :: else -> break
     od
#else
     atomic {
       rewritten = 0;
       do
       :: i < SLOTS ->
          if
          :: CANDIDATE(i) ->
             rewritten = rewritten || placed[live[i] % PLACES] != live[i];
             mark(live[i])
          :: else
          fi;
          i++
       :: else -> break
       od;
     };
#ifdef REWRITTEN_NO_FENCE
     (rewritten || DRAINED(P));
#endif
#if !defined(REWRITTEN_NO_FENCE) && !defined(NO_FENCE_PRODUCER)
     fence_full(P);
#endif
     skip;
     d_step {
       hold = mem[HOLD]; /* one look for all entries */
       i = 0; rewritten = 0;
       do
       :: i < SLOTS ->
          if
          :: CANDIDATE(i) && live[i] != hold -> live[i] = 0
          :: else
          fi;
          i++
       :: else -> break
       od;
       hold = 0
     }
#endif
  :: else ->
     d_step {
       do
       :: i < SLOTS ->
          if
          :: CANDIDATE(i) -> live[i] = 0
          :: else
          fi;
          i++
       :: else -> break
       od;
       i = 0
     }
  fi;
  i = 0
}

proctype Producer() {
  byte q = 1, s, i, hold;
  byte live[SLOTS], placed[PLACES];
  bit rewritten;
  do
  :: q <= FRAMES ->
     if
     :: q >= ATTACH_FROM && !attached -> /* between two frames; what was stored before is seen */
        atomic { DRAINED(P); attached = 1 }
     :: !attached
     :: attached
     fi;
     if
     :: live[0] && live[1] && live[2] -> collect()
     :: else
     fi;
     assert(!(live[0] && live[1] && live[2])); /* never waits for the consumer */
     /* One step, since to fill one's own buffer is nothing that others can see; it drains as it likes. */
     atomic {
       if /* any free slot */
       :: !live[0] -> s = 0
       :: !live[1] -> s = 1
       :: !live[2] -> s = 2
       fi;
       store_relaxed(P, STAMP(s), q);
       store_relaxed(P, NUMBER(q), 0);
#ifndef OPEN_NO_FENCE
       fence_release(P);
#endif
       store_relaxed(P, SLOT(q), s);
       store_relaxed(P, RETIRED(q), 0);
       store_release(P, NUMBER(q), q);
       store_release(P, HEAD, q);
       placed[q % PLACES] = q; live[s] = q; newest = q;
       s = 0; q++
     }
  :: else -> break
  od
}

proctype Latest() {
  byte head, number, slot, held, held_slot, retired;
  bit torn;
end_apart:
#ifdef USED_UNATTACHED
  mem[HEAD] != 0;
#else
  attached;
#endif
  {
end:
    do
    :: held != 0 -> assert(mem[STAMP(held_slot)] == held)       /* reads as long as it likes */
    :: held != 0 ->                                             /* lets go */
       assert(mem[STAMP(held_slot)] == held);
       atomic { store_release(L, HOLD, 0); held = 0; held_slot = 0 }
    :: mem[HEAD] > held ->
       head = mem[HEAD];
       if
       :: held != 0 ->
#ifdef ANNOUNCE_RELAXED
          store_relaxed(L, HOLD, head);  /* 0 and head in one: a load may move down past both */
          assert(mem[STAMP(held_slot)] == held)
#else
          assert(mem[STAMP(held_slot)] == held);
          store_release(L, HOLD, head)
#endif
       :: held != 0 ->
          assert(mem[STAMP(held_slot)] == held);
          store_release(L, HOLD, 0);
          store_release(L, HOLD, head)
       :: else -> store_release(L, HOLD, head)
       fi;
       atomic { held = 0; held_slot = 0 };
#ifndef NO_FENCE_CONSUMER
       fence_full(L);
#endif
       number = mem[NUMBER(head)];
       if
       :: number == head ->
          slot = mem[SLOT(head)];
          if /* the processor may read pixels before it has confirmed */
          :: mem[STAMP(slot)] != head -> torn = 1
          :: skip
          fi;
#ifndef NO_CONFIRM
#ifdef CONFIRM_UNORDERED
          number = mem[NUMBER(head)];
          retired = mem[RETIRED(head)]
#else
          retired = mem[RETIRED(head)];
          number = mem[NUMBER(head)]
#endif
#endif
       :: else
       fi;
       if
       :: number == head && !retired ->
          assert(!torn);
          atomic { held = head; held_slot = slot; head = 0; number = 0; slot = 0; torn = 0 }
       :: else ->
          assert(newest > head); /* something newer is there */
          store_release(L, HOLD, 0);
          atomic { head = 0; number = 0; slot = 0; retired = 0; torn = 0 }
       fi
    od
  } unless { dead }
}

proctype Killer() {
  do
  :: dead = 1; break
  :: break
  od
}

init {
  atomic {
    run Drain(P); run Drain(L);
    run Producer(); run Latest(); run Killer()
  }
}
