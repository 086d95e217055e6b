/* SPDX-License-Identifier: MIT
 *
 * Pools of a decoder that died, in a consumer behind a filter which shows the decoder's pixels. The decoder lives three
 * times; the filter takes each new pool over and only shows pixels of the one that it is in; then the consumer is
 * handed it. The consumer notes its edge's head, and drops a pool once it has taken all entries up to there and
 * holds none of that pool. It takes, holds and lets go whenever it likes.
 *
 * Holds: no entry that is taken and no frame that is held lies in a pool that was dropped; at the end only the last
 * pool is left.
 *
 * Controls, each of which must fail:
 *   DROP_UNREAD     a pool is dropped with entries that were not taken yet
 *   DROP_HELD       a pool is dropped while a frame in it is held
 *   HANDED_EARLY    the consumer is handed the new pool before the filter has taken it over
 *   NEVER_DROPPED   dead pools are kept
 */
#define LIVES 3
#define FRAMES 4
#define NONE 255

byte head;               /* of the filter's edge */
byte shows[FRAMES + 1];  /* entry q: the life whose pool its pixels lie in */
byte filter_in = 0;      /* the pool that the filter is in */
byte told = 0;           /* the filter is told of this one */
byte handed = 0;         /* and the consumer is given this one */
byte has = 0;            /* the newest pool that the consumer has */
bit over;                /* no entry comes any more */

proctype Supervisor() {
  byte life = 1;
  do
  :: life < LIVES ->
     told = life;
#ifndef HANDED_EARLY
     filter_in == life;
#endif
     handed = life;
     has == life && filter_in == life; /* only then the decoder's successor starts */
     life++
  :: life == LIVES -> break
  od
}

proctype Filter() {
  do
  :: filter_in != told -> filter_in = told
  :: head < FRAMES -> d_step { shows[head + 1] = filter_in; head++ }
  :: head == FRAMES && filter_in == LIVES - 1 -> break
  od;
  over = 1
}

#ifdef DROP_UNREAD
#define TAKEN_ALL(i) (last[i] != NONE)
#else
#define TAKEN_ALL(i) (last[i] != NONE && taken >= last[i])
#endif
#ifdef DROP_HELD
#define UNHELD(i) 1
#else
#define UNHELD(i) (holds[i] == 0)
#endif
#ifdef NEVER_DROPPED
#define DROPPABLE(i) 0
#else
#define DROPPABLE(i) (!dropped[i] && TAKEN_ALL(i) && UNHELD(i))
#endif

proctype Consumer() {
  byte taken, q;
  byte last[LIVES];  /* the last entry that may show a pool's pixels */
  byte holds[LIVES]; /* frames of each pool */
  bit dropped[LIVES];
  last[0] = NONE; last[1] = NONE; last[2] = NONE;
  do
  :: taken < head ->
     d_step { taken++; q = shows[taken]; assert(!dropped[q]); holds[q]++; q = 0 }
  :: holds[0] > 0 -> assert(!dropped[0]); holds[0]--
  :: holds[1] > 0 -> assert(!dropped[1]); holds[1]--
  :: holds[2] > 0 -> assert(!dropped[2]); holds[2]--
  :: handed > has -> d_step { last[has] = head; has = handed }
  :: DROPPABLE(0) -> dropped[0] = 1
  :: DROPPABLE(1) -> dropped[1] = 1
  :: over && has == LIVES - 1 && taken == head && holds[0] + holds[1] + holds[2] == 0 && !DROPPABLE(0) &&
     !DROPPABLE(1) -> break
  od;
  assert(dropped[0] && dropped[1] && !dropped[2])
}

init { atomic { run Supervisor(); run Filter(); run Consumer() } }
