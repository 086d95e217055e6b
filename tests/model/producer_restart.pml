/* SPDX-License-Identifier: MIT
 *
 * Restart of a producer that is itself a consumer: a filter between a decoder's edge A and an encoder. Each frame in
 * gives one frame out, copied into the filter's own pool or forwarded, which shows A's pixels. The filter may be killed
 * at any step, twice; then the supervisor reads how far its dead pool goes, lets the consumer move over, and starts a
 * new incarnation with a new pool over the same claims page on A.
 *
 * Holds: the consumer gets every frame once and in order, over all pools; pixels are those of their frame for as long
 * as they are held; the end is seen by who saw all frames; nobody is stuck (no invalid end state).
 *
 * What one entry consists of, and in which order its words are stored, is the business of publish_done_reuse: here a
 * publication is one step.
 *
 * Controls, each of which must fail:
 *   DONE_BEFORE_PUBLISH the filter finishes a frame of A before what came of it is published
 *   NO_SKIP             the new incarnation publishes again what the dead pool shows
 *   NO_TAKING_OVER      the consumer leaves the dead pool before it took all that is in there
 *   NO_EVICTION         the consumer goes on reading A's pixels in A's slots
 *   START_BEFORE_MOVE   the new incarnation starts before the consumer has moved over
 */
#define FRAMES 3
#define SLOTS 2  /* of A */
#define KILLS 2
#define LIVES 3
#define TORN 255
#define AT(life, n) ((life) * (FRAMES + 1) + (n))

byte stamp[SLOTS];       /* A's pixels: the frame that they are of */
byte slot[FRAMES + 1];           /* where frame q of A lies */
byte head_a;
bit done_a[FRAMES + 1];          /* the filter's claims on A: they outlive it */

byte head[LIVES];        /* of each pool */
bit end[LIVES];
byte origin[12];         /* AT(life, n) */
bit forwards[12];
bit done[12];

byte kills;
bit dead;                /* the filter was killed, and nobody has dealt with it yet */
bit reaped;              /* the dead one's process is gone */
bit left;                /* the filter has ended well */
byte pool = 0;           /* the consumer is told to move to this one */
byte moved = 0;          /* it has */
bit over;

proctype Decoder() {
  byte q = 1, s;
  byte live[SLOTS];
  do
  :: q <= FRAMES ->
     if
     :: live[0] == 0 || done_a[live[0]] -> s = 0
     :: live[1] == 0 || done_a[live[1]] -> s = 1
     fi;
     live[s] = q;
     stamp[s] = TORN;
     d_step { stamp[s] = q; slot[q] = s; head_a = q; q++ }
  :: else -> break
  od
}

inline publish(forward) {
  d_step {
    n = head[life] + 1;
    origin[AT(life, n)] = q;
    forwards[AT(life, n)] = forward;
    head[life] = n
  }
}

proctype Filter(byte life; byte until) {
  byte q = 1, n;
  bit kept[FRAMES + 1]; /* frames of A that are kept because an entry forwards them, and which */
  byte shown[FRAMES + 1];
  {
    do
    :: q <= FRAMES && q <= head_a ->
       if
       :: done_a[q] -> q++
       :: !done_a[q] && q <= until -> done_a[q] = 1; q++ /* was published in an earlier life */
       :: !done_a[q] && q > until ->
          if
          :: /* copies */
#ifdef DONE_BEFORE_PUBLISH
             done_a[q] = 1;
             publish(0)
#else
             publish(0);
             done_a[q] = 1
#endif
          :: /* forwards */
             publish(1);
             d_step { kept[q] = 1; shown[q] = n }
          fi;
          q++
       fi
    :: kept[1] && done[AT(life, shown[1])] -> d_step { done_a[1] = 1; kept[1] = 0; shown[1] = 0 }
    :: kept[2] && done[AT(life, shown[2])] -> d_step { done_a[2] = 1; kept[2] = 0; shown[2] = 0 }
    :: kept[3] && done[AT(life, shown[3])] -> d_step { done_a[3] = 1; kept[3] = 0; shown[3] = 0 }
    :: q > FRAMES && !end[life] -> end[life] = 1
    :: q > FRAMES && end[life] && !kept[1] && !kept[2] && !kept[3] -> break
    od;
    left = 1
  } unless { dead };
  reaped = dead
}

#define HELD(i) (held[i] != 0)
#define SHOWS_A(i) (forwards[held[i]] && !evicted[i])

/* Takes the next entry of the pool; up to two are held, more only on the way out of a dead pool. */
inline take(i) {
  atomic {
    position++;
    held[i] = AT(life, position);
    evicted[i] = 0;
    assert(origin[held[i]] == last + 1);
    last = origin[held[i]];
    assert(!forwards[held[i]] || stamp[slot[last]] == last)
  }
}

inline finish(i) {
  atomic {
    assert(!SHOWS_A(i) || stamp[slot[origin[held[i]]]] == origin[held[i]]); /* the last read */
    done[held[i]] = 1;
    held[i] = 0
  }
}

inline evict(i) {
  atomic {
    if
    :: HELD(i) && SHOWS_A(i) ->
       assert(stamp[slot[origin[held[i]]]] == origin[held[i]]);
       evicted[i] = 1
    :: else
    fi
  }
}

proctype Consumer() {
  byte life, position, last;
  byte held[FRAMES];
  bit evicted[FRAMES];
  do
  :: pool == life && position < head[life] && !HELD(0) -> take(0)
  :: pool == life && position < head[life] && !HELD(1) -> take(1)
  :: HELD(0) -> finish(0)
  :: HELD(1) -> finish(1)
  :: HELD(2) -> finish(2)
  :: pool > life ->
#ifndef NO_TAKING_OVER
     do
     :: position < head[life] ->
        if
        :: !HELD(0) -> take(0)
        :: !HELD(1) -> take(1)
        :: !HELD(2) -> take(2)
        fi
     :: else -> break
     od;
#endif
#ifndef NO_EVICTION
     evict(0); evict(1); evict(2);
#endif
     atomic { life = pool; position = 0; moved = pool }
  :: pool == life && end[life] && position == head[life] && !HELD(0) && !HELD(1) && !HELD(2) ->
     break
  od;
  assert(last == FRAMES);
  over = 1
}

proctype Supervisor() {
  byte life, until;
  do
  :: dead && reaped ->
     if /* how far the dead pool goes */
     :: head[life] > 0 -> until = origin[AT(life, head[life])]
     :: else
     fi;
     pool = life + 1;
#ifndef START_BEFORE_MOVE
     (moved == life + 1 || over);
#endif
     atomic {
       life++;
       dead = 0;
       reaped = 0;
#ifdef NO_SKIP
       run Filter(life, 0)
#else
       run Filter(life, until)
#endif
     }
  :: left && over -> break
  od
}

proctype Killer() {
end_killer:
  do
  :: atomic { !left && !dead && kills < KILLS -> dead = 1; kills++ }
  od
}

init {
  atomic {
    run Decoder(); run Filter(0, 0); run Consumer(); run Supervisor(); run Killer()
  }
}
