/* SPDX-License-Identifier: MIT
 *
 * Restart of a producer that reads a file: a decoder, which gives frames through a pool and messages through a packet
 * ring beside it. It may be killed at any step, twice, also in the middle of a message that goes as two records, and
 * while it hangs. Its successor decodes from the beginning and passes over what its predecessors have given: so many
 * frames as their dead pools show, so many messages as the consumer has got whole. What is left in a dead packet ring is
 * given again, so nobody need look at it.
 *
 * Holds: the consumer gets every frame and every message once and in order, over all lives; pixels are those of their
 * frame for as long as they are held; the end is seen by who has everything; nobody is stuck.
 *
 * Controls, each of which must fail:
 *   NO_SKIP             the successor gives everything again
 *   READ_BEFORE_DEATH   the supervisor looks how far a pool goes before its producer is gone
 *   NO_TAKING_OVER      the consumer leaves the dead pool before it took all that is in there
 *   COUNT_RECORDS       the consumer counts a message of which only a part has come
 *   KEEP_PARTIAL        the consumer keeps such a part
 *   START_BEFORE_MOVE   the successor starts before the consumer has moved over and counted
 */
#define FRAMES 3
#define MESSAGES 2
#define SLOTS 2 /* of each pool */
#define KILLS 2
#define LIVES 3
#define TORN 255
#define AT(life, n) ((life) * (FRAMES + 1) + (n))
#define SLOT(life, s) ((life) * SLOTS + (s))

byte stamp[6];  /* SLOT(life, s): the frame whose pixels lie there */
byte slot[12];  /* AT(life, n): where entry n of that pool lies */
byte frame[12]; /* and which frame of the file it is */
bit done[12];
byte head[LIVES];
bit end[LIVES];

/* The packet rings: message m goes as the records 2m - 1 and 2m of the file. */
byte record[15]; /* life * 5 + n */
byte written[LIVES];

byte kills;
bit dead;        /* the decoder was killed, and nobody has dealt with it yet */
bit reaped;      /* the dead one's process is gone */
bit left;        /* the decoder has ended well */
byte pool = 0;   /* the consumer is told to move to this one */
byte moved = 0;  /* it has */
byte counted;    /* so many messages it had got whole when it did */
bit over;

inline give_frame() {
  frames++;
  if
  :: frames <= frames_before -> skip
  :: else ->
     if
     :: live[0] == 0 || done[AT(life, live[0])] -> s = 0
     :: live[1] == 0 || done[AT(life, live[1])] -> s = 1
     fi;
     stamp[SLOT(life, s)] = TORN;
     stamp[SLOT(life, s)] = frames;
     d_step {
       n = head[life] + 1;
       live[s] = n;
       slot[AT(life, n)] = s;
       frame[AT(life, n)] = frames;
       head[life] = n;
       n = 0; s = 0 /* what nobody needs any more makes no states of its own */
     }
  fi
}

inline give_record() {
  d_step { written[life]++; record[life * 5 + written[life]] = messages * 2 - 1 + part; part = !part }
}

inline give_message() {
  messages++;
  if
  :: messages <= messages_before -> skip
  :: else -> give_record(); give_record()
  fi
}

proctype Decoder(byte life; byte frames_before; byte messages_before) {
  byte frames, messages, n, s;
  bit part;
  byte live[SLOTS];
  {
    give_frame(); give_message(); give_frame(); give_frame(); give_message();
    end[life] = 1;
    left = 1
  } unless { dead };
  reaped = dead
}

#define HELD(i) (held[i] != 0)
#define PIXELS(i) stamp[SLOT(held_life[i], slot[held[i]])]

inline take(i) {
  atomic {
    position++;
    held[i] = AT(life, position);
    held_life[i] = life;
    assert(frame[held[i]] == last + 1);
    last = frame[held[i]];
    assert(PIXELS(i) == last)
  }
}

inline finish(i) {
  atomic {
    assert(PIXELS(i) == frame[held[i]]); /* the last read */
    done[held[i]] = 1;
    frame[held[i]] = 0; slot[held[i]] = 0;
    held[i] = 0; held_life[i] = 0
  }
}

inline take_record() {
  atomic {
    read++;
    assert(record[life * 5 + read] == got * 2 + partial + 1);
    if
    :: partial -> partial = 0; got++
    :: else -> partial = 1
    fi
  }
}

proctype Consumer() {
  byte life, position, last, read, got;
  bit partial;
  byte held[FRAMES];
  byte held_life[FRAMES];
  do
  :: position < head[life] && !HELD(0) -> take(0)
  :: position < head[life] && !HELD(1) -> take(1)
  :: read < written[life] -> take_record()
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
     atomic {
#ifdef COUNT_RECORDS
       counted = got + partial;
#else
       counted = got;
#endif
#ifndef KEEP_PARTIAL
       partial = 0;
#endif
       life++; position = 0; read = 0; moved = life
     }
  :: pool == life && end[life] && position == head[life] && read == written[life] && !HELD(0) && !HELD(1) &&
     !HELD(2) -> break
  od;
  assert(last == FRAMES && got == MESSAGES && !partial);
  counted = got;
  over = 1
}

proctype Supervisor() {
  byte life, before;
#ifdef READ_BEFORE_DEATH
  byte early = 0;
#endif
  do
#ifdef READ_BEFORE_DEATH
  :: !dead && !left && kills < KILLS -> early = head[life]; atomic { !left -> dead = 1; kills++ }
#endif
  :: dead && reaped ->
#ifdef READ_BEFORE_DEATH
     before = before + early;
#else
     before = before + head[life];
#endif
     pool = life + 1;
#ifndef START_BEFORE_MOVE
     (moved == life + 1 || over);
#endif
     atomic {
       d_step {
         written[life] = 0; /* nobody looks there again */
         record[life * 5 + 1] = 0; record[life * 5 + 2] = 0; record[life * 5 + 3] = 0; record[life * 5 + 4] = 0
       }
       life++;
       dead = 0;
       reaped = 0;
#ifdef NO_SKIP
       run Decoder(life, 0, 0)
#else
       run Decoder(life, before, counted)
#endif
     }
  :: left && over -> break
  od
}

/* From outside, or because it hung. */
proctype Killer() {
#ifdef READ_BEFORE_DEATH
  skip
#else
end_killer:
  do
  :: atomic { !left && !dead && kills < KILLS -> dead = 1; kills++ }
  od
#endif
}

init {
  atomic {
    run Decoder(0, 0, 0); run Consumer(); run Supervisor(); run Killer()
  }
}
