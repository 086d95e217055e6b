/* SPDX-License-Identifier: MIT
 *
 * Publish, done, reuse: one producer, one lossless consumer that may finish entries out of order, 3 slots,
 * a ring of 4 places, 7 frames. The consumer may be killed at any step, twice; each time it is either
 * detached, or started again over the same claims page.
 *
 * Holds: every entry is delivered in order, none is missed and none that is done comes twice; a held
 * frame's pixels are those of its entry for as long as it is held; the end is seen exactly by who saw all
 * frames; nobody is stuck (no invalid end state).
 *
 * No store buffers here: every word that orders anything is stored with release and loaded with acquire,
 * so a process can only see the others late, never out of order, and lateness is the scheduler's business.
 * A store with no release is a store that moved up: HEAD_BEFORE_ENTRY and DONE_BEFORE_READ.
 *
 * Controls, each of which must fail:
 *   HEAD_BEFORE_ENTRY head is stored before the entry, or with no release
 *   ENTRY_BEFORE_PIXELS the entry and head are stored before the last pixels
 *   DONE_BEFORE_READ  done is stored before the last read of the pixels, or with no release
 *   NO_PLACE_WAIT     a place is written again before its entry is done
 *   NO_REDELIVERY     a new incarnation goes on after `position` and forgets what was taken and not done
 *   NO_RELOAD_HEAD    the consumer believes `end` without looking at `head` again
 *   END_BEFORE_HEAD   end is stored before the last head
 *   NO_EVICTION       a consumer that keeps its frames to the end never lets one go
 */
#define SLOTS 3
#define PLACES 4
#define FRAMES 7
#define KILLS 2

#define HEAD 0
#define END 1
#define POSITION 2
#define NUMBER(q) (3 + (q) % PLACES)
#define SLOT(q) (7 + (q) % PLACES)
#define DONE(q) (11 + (q) % PLACES)
#define STAMP(s) (15 + (s))
#define LOCATIONS 18
byte mem[LOCATIONS];

#define TORN 255

bit dead;       /* the consumer was killed, nobody has dealt with it yet */
bit detached;   /* the supervisor's link message to the producer */
bit over;       /* the consumer has left for good */
byte kills;
byte finished;  /* ghost: bit q - 1 is set once done(q) was stored */

#define IS_DONE(q) (detached || mem[DONE(q)] == (q))

proctype Producer() {
  byte q = 1, s;
  byte live[SLOTS]; /* entry that lies in the slot, 0 for none */
  do
  :: q <= FRAMES ->
#ifndef NO_PLACE_WAIT
     (q <= PLACES || IS_DONE(q - PLACES));
#endif
     if /* no free slot: sleeps */
     :: live[0] == 0 || IS_DONE(live[0]) -> s = 0
     :: live[1] == 0 || IS_DONE(live[1]) -> s = 1
     :: live[2] == 0 || IS_DONE(live[2]) -> s = 2
     fi;
     live[s] = q;
     mem[STAMP(s)] = TORN;
#ifndef ENTRY_BEFORE_PIXELS
     mem[STAMP(s)] = q;
#endif
#ifdef END_BEFORE_HEAD
     if
     :: q == FRAMES -> mem[END] = FRAMES + 1
     :: else
     fi;
#endif
#ifdef HEAD_BEFORE_ENTRY
     mem[HEAD] = q;
#endif
     mem[SLOT(q)] = s;
     mem[NUMBER(q)] = q;
#ifdef ENTRY_BEFORE_PIXELS
     mem[HEAD] = q;
     mem[STAMP(s)] = q;
#endif
#if !defined(ENTRY_BEFORE_PIXELS) && !defined(HEAD_BEFORE_ENTRY)
     mem[HEAD] = q;
#endif
     s = 0;
     q++
  :: else -> break
  od;
#ifndef END_BEFORE_HEAD
  mem[END] = FRAMES + 1;
#endif
}

#define HELD (held[0] + held[1] + held[2] + held[3] != 0)
#ifdef NO_EVICTION
#define MAY_FINISH (HELD && ended)
#else
#define MAY_FINISH HELD
#endif
#define BIT(q) (1 << ((q) - 1))

/* What read_entry() and the first look at the pixels find. */
inline deliver(q) {
  assert(mem[NUMBER(q)] == q);
  assert((finished & BIT(q)) == 0);
  held[(q) % PLACES] = q;
  slot[(q) % PLACES] = mem[SLOT(q)];
  assert(mem[STAMP(slot[(q) % PLACES])] == q)
}

inline finish(i) {
  q = held[i];
#ifdef DONE_BEFORE_READ
  mem[DONE(q)] = q;
#endif
  assert(mem[STAMP(slot[i])] == q); /* the last read */
  d_step { mem[DONE(q)] = q; finished = finished | BIT(q); held[i] = 0; slot[i] = 0; q = 0 }
}

proctype Consumer() {
  byte position, head, q;
  byte held[PLACES], slot[PLACES];
  bit ended;
born:
  {
    position = mem[POSITION];
    head = position;
#ifndef NO_REDELIVERY
    q = (position > PLACES -> position - PLACES + 1 : 1);
    do
    :: q <= position ->
       if
       :: mem[DONE(q)] != q -> atomic { deliver(q) }
       :: else
       fi;
       q++
    :: else -> break
    od;
#endif
    q = 0;
    do
    :: MAY_FINISH && held[0] != 0 -> finish(0)
    :: MAY_FINISH && held[1] != 0 -> finish(1)
    :: MAY_FINISH && held[2] != 0 -> finish(2)
    :: MAY_FINISH && held[3] != 0 -> finish(3)
    :: !ended && head > position ->
       atomic {
         q = position + 1;
         deliver(q);
         /* none was missed: all before it are done or in our hands */
         assert(q == 1 || (finished & BIT(q - 1)) != 0 || held[(q - 1) % PLACES] == q - 1);
         q = 0
       };
       atomic { position++; mem[POSITION] = position }
    :: !ended && head == position ->
       head = mem[HEAD];
       if
       :: head > position
       :: head == position && mem[END] != 0 ->
#ifndef NO_RELOAD_HEAD
          head = mem[HEAD];
#endif
          if
          :: head > position
          :: else -> assert(position == mem[END] - 1); ended = 1
          fi
       :: head == position && mem[END] == 0 -> /* sleeps; another thread may finish what is held */
          (mem[HEAD] > position || mem[END] != 0 || MAY_FINISH)
       fi
    :: ended && !HELD -> break
    od;
    assert(finished == (1 << FRAMES) - 1);
    over = 1;
    goto left
  } unless { dead };
  d_step {
    position = 0; head = 0; q = 0; ended = 0;
    held[0] = 0; held[1] = 0; held[2] = 0; held[3] = 0;
    slot[0] = 0; slot[1] = 0; slot[2] = 0; slot[3] = 0
  };
  if
  :: detached = 1; over = 1
  :: dead = 0; goto born
  fi;
left:
  skip
}

proctype Killer() {
end:
  do
  :: atomic { !over && !dead && kills < KILLS -> dead = 1; kills++ }
  od
}

init {
  atomic {
    run Producer(); run Consumer(); run Killer()
  }
}
