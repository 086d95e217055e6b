/* SPDX-License-Identifier: MIT
 *
 * Forwarding: a decoder with a ring of 4 places, a filter that drops, copies or forwards each of 7 frames (its
 * choice) and may keep one that it has shown, an encoder that keeps each frame until it has the next, and a viewer (latest consumer) on the filter's
 * edge, attached at any time, which holds what it took for ever. A forwarded entry keeps the filter's hold on the
 * decoder's entry until it is retired. How the words travel is the other models' work: every step here is whole.
 *
 * Holds: everybody comes to the end.
 *
 * Controls, each of which must fail:
 *   NEWEST_KEPT        the newest entry is never retired, forwarded or not: a filter that drops 4 frames in a row
 *                      stops the decoder for ever
 *   FORWARD_TO_LATEST  the filter goes on forwarding while a viewer is attached
 *   NO_IDLE_EVICTION   the encoder keeps the last frame where it lies, however long nothing newer comes
 *   EVICT_AT_TAKE_ONLY the filter moves what it keeps only when it takes another frame: there may be none, since the
 *                      encoder held the frame in its place for as long as there were some
 *   NO_MARK_AT_ATTACH  a viewer that is attached may take the forwarded entry that is the newest then
 */
#define PLACES 4
#define FRAMES 7
#define BIT(q) (1 << (q))

byte decoded;         /* the decoder's head */
byte done;            /* bit q: the filter has done the decoder's entry q */
byte looped;          /* a frame that the filter has shown and keeps where it lies; 0 for none */
byte newest;          /* the filter's newest entry, by the number of the frame it shows; 0 for none */
byte forwarded;       /* bit q: shown by a live forwarded entry */
byte marked;          /* bit q: retired, not to be taken by a viewer */
byte encoded;         /* bit q: the encoder is not owed it any more */
byte shown;           /* bit q: published by the filter */
byte viewed;          /* the viewer's hold, 0 for none */
bit attached, finished;

proctype Decoder() {
  do
  :: decoded == FRAMES -> break
  :: decoded < FRAMES && (decoded + 1 <= PLACES || (done & BIT(decoded + 1 - PLACES))) -> decoded++
  od
}

#ifdef NEWEST_KEPT
#define RETIRABLE(q) ((forwarded & BIT(q)) && (encoded & BIT(q)) && viewed != (q) && newest != (q))
#else
#define RETIRABLE(q) ((forwarded & BIT(q)) && (encoded & BIT(q)) && viewed != (q))
#endif
#define RETIRE(q) d_step { RETIRABLE(q) -> marked = marked | BIT(q); forwarded = forwarded & ~BIT(q); \
                           if :: looped != (q) -> done = done | BIT(q) :: else fi }
/* What is kept and nobody reads downstream, once the ring comes near. */
#define EVICTABLE(coming) (looped && !(forwarded & BIT(looped)) && (coming) - looped + PLACES / 4 >= PLACES)

proctype Filter() {
  byte taken;
  do
  :: decoded > taken ->
     d_step { taken++;
       if :: EVICTABLE(taken) -> done = done | BIT(looped); looped = 0 :: else fi
     };
     if
     :: done = done | BIT(taken) /* dropped */
     :: d_step { shown = shown | BIT(taken); newest = taken; done = done | BIT(taken) } /* copied */
#ifdef FORWARD_TO_LATEST
     :: d_step { shown = shown | BIT(taken); newest = taken; forwarded = forwarded | BIT(taken) }
#else
     :: d_step { !attached -> shown = shown | BIT(taken); newest = taken; forwarded = forwarded | BIT(taken) }
#endif
     :: d_step { !attached && !looped -> shown = shown | BIT(taken); newest = taken;
                 forwarded = forwarded | BIT(taken); looped = taken }
     fi
#ifndef EVICT_AT_TAKE_ONLY
  :: d_step { decoded == taken && looped && !(forwarded & BIT(looped)) && taken + 1 - looped >= PLACES ->
       done = done | BIT(looped); looped = 0
     }
#endif
  :: RETIRE(1)
  :: RETIRE(2)
  :: RETIRE(3)
  :: RETIRE(4)
  :: RETIRE(5)
  :: RETIRE(6)
  :: RETIRE(7)
  :: d_step { !attached && taken < FRAMES -> attached = 1; /* between two frames */
#ifndef NO_MARK_AT_ATTACH
       marked = marked | forwarded
#endif
     }
  :: taken == FRAMES -> break
  od;
  finished = 1
}

proctype Encoder() {
  byte q = 1;
  byte kept = 0; /* the last that it took: it may have to show it again */
  do
  :: q > FRAMES -> break
  :: q <= FRAMES && (shown & BIT(q)) ->
     d_step { encoded = encoded | BIT(kept); kept = q; q++ } /* bit 0 is nobody's */
  :: q <= FRAMES && !(shown & BIT(q)) && (newest > q || finished) -> q++
#ifndef NO_IDLE_EVICTION
  :: d_step { kept && q <= FRAMES && !(shown & BIT(q)) -> encoded = encoded | BIT(kept); kept = 0 } /* its bytes are its own now */
#endif
  od;
  encoded = encoded | BIT(kept)
}

proctype Viewer() {
end:
  do
  :: d_step { attached && viewed == 0 && newest != 0 && !(marked & BIT(newest)) -> viewed = newest }
  od
}

init {
  atomic { run Decoder(); run Filter(); run Encoder(); run Viewer() }
}
