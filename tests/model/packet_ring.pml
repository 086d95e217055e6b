/* SPDX-License-Identifier: MIT
 *
 * The packet ring: length-prefixed records in a ring of 8 units (a unit stands for 8 bytes: the padding, and
 * the size of a record's header), `written` and `read` count for ever, records wrap around the end, a message
 * longer than a quarter of the ring (2 units) goes as several records. 3 messages: of 0 or 3
 * units, of 1 or 9 (longer than the ring), of 3. One of the two may be killed at any step.
 *
 * Holds: the reader gets whole messages only, in order, with the length and content that were sent; a dead
 * writer's published records are all read and a message it left unfinished is not delivered; nobody is
 * stuck.
 *
 * Controls, each of which must fail:
 *   WRITTEN_RELAXED     `written` is stored with no release
 *   READ_BEFORE_COPY    `read` is stored before the record was copied out (or with no release)
 *   NO_SPACE_FOR_HEADER the writer forgets the header when it looks for room
 *   NO_FRAGMENTS        a message is one record, however long
 *   MORE_FORGOTTEN      the writer does not flag that more follows
 *   NO_LOOK_AFTER_DEATH the reader does not look again once it knows that the writer is gone
 *   PARTIAL_DELIVERED   the reader takes what it has for a message when the writer is gone
 */
#define RING 8
#define QUARTER 2
#define MESSAGES 3

#define WRITTEN RING
#define READ (RING + 1)
#define LOCATIONS (RING + 2)
#define PROCESSES 2
#define W 0
#define R 1
#define DEPTH 4
#include "store_buffer.pml"

#define HEADER 128 /* header unit: HEADER + MORE * more + units of payload */
#define MORE 64
#define CONTENT(message, at) (1 + (message) * 16 + (at))

bit dead[2], gone[2], left[2];
byte size[MESSAGES]; /* ghost: what was asked to be sent */

proctype Writer() {
  byte written, message, whole, at, part, k;
  {
    do
    :: message == MESSAGES -> break
    :: else ->
       atomic {
         if
         :: message == 0 -> whole = 0
         :: message == 0 -> whole = 3
         :: message == 1 -> whole = 1
         :: message == 1 -> whole = 9
         :: message == 2 -> whole = 3
         fi;
         size[message] = whole; at = 0
       };
       do
       :: part = whole - at;
#ifndef NO_FRAGMENTS
          if
          :: part > QUARTER -> part = QUARTER
          :: else
          fi;
#endif
#ifdef NO_SPACE_FOR_HEADER
          (gone[R] || RING - (written - mem[READ]) >= part);
#else
          (gone[R] || RING - (written - mem[READ]) >= 1 + part); /* full: sleeps */
#endif
          if
          :: gone[R] -> goto finished
          :: else
          fi;
          /* One step, since to fill one's own buffer is nothing that others can see. */
          atomic {
#ifdef MORE_FORGOTTEN
            store_relaxed(W, written % RING, HEADER + part);
#else
            store_relaxed(W, written % RING, HEADER + part + (at + part < whole -> MORE : 0));
#endif
            k = 0;
            do
            :: k < part ->
               store_relaxed(W, (written + 1 + k) % RING, CONTENT(message, at + k));
               k++
            :: else -> break
            od;
            k = 0; written = written + 1 + part; at = at + part; part = 0;
#ifdef WRITTEN_RELAXED
            store_relaxed(W, WRITTEN, written)
#else
            store_release(W, WRITTEN, written)
#endif
          };
          if
          :: at == whole -> break
          :: else
          fi
       od;
       message++
    od;
finished:
    left[W] = 1
  } unless { dead[W] }
}

proctype Reader() {
  byte read, written, message, at, units, k;
  bit more, last;
  {
    do
    :: message == MESSAGES -> break
    :: else ->
       last = gone[W];
       written = mem[WRITTEN]; /* acquire */
       if
       :: written != read ->
          atomic {
            units = mem[read % RING];
            assert(units >= HEADER);
            units = units - HEADER; more = (units >= MORE); units = units % MORE;
            assert(1 + units <= written - read);
            last = 0; written = 0
          };
#ifdef READ_BEFORE_COPY
          store_release(R, READ, read + 1 + units);
#endif
          do
          :: k < units ->
             atomic { assert(mem[(read + 1 + k) % RING] == CONTENT(message, at + k)); k++ }
          :: else -> break
          od;
          atomic { k = 0; read = read + 1 + units; at = at + units; units = 0 };
#ifndef READ_BEFORE_COPY
          store_release(R, READ, read);
#endif
          if
          :: !more -> /* deliver */
             assert(at == size[message]);
             d_step { size[message] = 0; at = 0; message++ }
          :: else
          fi;
          more = 0
       :: else ->
          written = 0;
#ifdef NO_LOOK_AFTER_DEATH
          if
          :: gone[W] -> break
#else
          if
          :: last -> break /* the look came after the news */
          :: !last && gone[W]
#endif
          :: !gone[W] -> (mem[WRITTEN] != read || gone[W]) /* empty: sleeps */
          fi
       fi
    od;
    if
    :: message == MESSAGES
    :: else ->
       assert(dead[W] && mem[WRITTEN] == read);
#ifdef PARTIAL_DELIVERED
       if
       :: at != 0 -> assert(at == size[message])
       :: else
       fi
#endif
    fi;
    left[R] = 1
  } unless { dead[R] }
}

proctype Supervisor() {
end:
  do
  :: atomic { dead[W] && !gone[W] && DRAINED(W) -> gone[W] = 1 }
  :: atomic { dead[R] && !gone[R] && DRAINED(R) -> gone[R] = 1 }
  od
}

proctype Killer() {
  if
  :: atomic { !left[W] -> dead[W] = 1 }
  :: atomic { !left[R] -> dead[R] = 1 }
  :: skip
  fi
}

init {
  atomic {
    run Drain(W); run Drain(R);
    run Writer(); run Reader(); run Supervisor(); run Killer()
  }
}
