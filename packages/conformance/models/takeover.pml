/*
 * Two runners, one site, one act that must not happen twice. A may be paused between any two steps and go on later as if nothing
 * had been; it may also die. B stands by and wants to take over. A call that was sent may land later.
 *
 * Ours: both may use one state folder, and the journal in it is open in one process at a time (runner/src/journal/journal.ts).
 * Nobody takes over from a process that lives. -DLEASE models what we do not do: a lease that runs out. Then a paused A wakes up
 * behind B, and only a target that refuses old epochs (-DTARGET_FENCE), or probe, deadline and recheck together, make it safe.
 *
 * -DNO_X takes the defence X away; then an assertion has to fail. Rules are named as in docs/decisions/0011-models.md.
 */
/* Names only, never set: the verifier's message shows which rule broke. */
bool I4;
#define MUST(rule, claim) assert((claim) || rule)

mtype = { WAITING, LOOKED, READY, SENT, STOPPED };
mtype a = WAITING;
mtype b = WAITING;
bool a_call, b_call;     /* under way to the target */
byte landings = 0;

#define LANDS \
    landings++; \
    MUST(I4, landings <= 1)

/* A line below that the verifier never reaches is listed as unreached, and the test fails: the model must be able to do this. */
#define POSSIBLE(claim) atomic { claim -> assert(true) }

#ifndef LEASE

bool a_lives = true;
bool intent;             /* a row of the journal; its key is unique */

/* Trap 13: the journal is locked for the life of the process, and the system frees the lock when it ends. */
#ifdef NO_LOCK
#define MAY_OPEN true
#define IS_FREE true
#else
#define MAY_OPEN !a_lives
#define IS_FREE !intent
#endif

/* Another host has another journal: this is what must never be done with a state folder. */
#ifdef COPIED_JOURNAL
#define B_MAY_OPEN true
#define B_FINDS_INTENT false
#else
#define B_MAY_OPEN MAY_OPEN
#define B_FINDS_INTENT intent
#endif

/* Trap 12: the intent first. */
#ifdef NO_WAL
#define WRITE_INTENT skip
#else
#define WRITE_INTENT intent = true
#endif

active proctype Takeover() {
  do
  :: atomic { a == WAITING && a_lives && !intent -> a = LOOKED }
  :: atomic { a == LOOKED && a_lives && IS_FREE -> WRITE_INTENT; a = READY }
  :: atomic { a == READY && a_lives -> a_call = true; a = SENT }
  :: atomic { a == SENT && a_lives -> intent = true; a = STOPPED }
  :: atomic { a_lives -> a_lives = false }
  :: atomic { a_call -> a_call = false; LANDS }

  /* B finds an intent: it probes, and what is not clear is UNKNOWN for a person (runner/src/act/recover-target.ts). */
  :: atomic { b == WAITING && B_MAY_OPEN && !B_FINDS_INTENT -> b = LOOKED }
#ifdef NO_PROBE
  :: atomic { b == WAITING && B_MAY_OPEN && B_FINDS_INTENT -> b = READY }
#else
  :: atomic { b == WAITING && B_MAY_OPEN && B_FINDS_INTENT -> b = STOPPED }
#endif
  :: atomic { b == LOOKED -> WRITE_INTENT; b = READY }
  :: atomic { b == READY -> b_call = true; b = SENT }
  :: atomic { b_call -> b_call = false; LANDS }

  /* Not vacuous. */
  :: POSSIBLE(b == SENT && landings == 1 && !b_call)
  :: POSSIBLE(b == STOPPED && landings == 1)
  :: POSSIBLE(b == STOPPED && a_call)
#ifdef IMPOSSIBLE
  :: POSSIBLE(b == SENT && a_call)
#endif
  od
}

#else

#define LEASE_END 2
#define LAST_MOMENT 5
#define DEADLINE_TICKS 1 /* an adapter with a deadline: a call lands so soon after it was sent, or never */

byte moment = 0;
byte a_sent_at = 0;
byte epoch = 0;          /* newest epoch the target has seen; A acts under 1, B under 2 */

#ifdef NO_RECHECK
#define A_STILL_HOLDS true
#else
#define A_STILL_HOLDS (moment < LEASE_END)
#endif

#ifdef TARGET_FENCE
#define A_IS_HEARD (epoch <= 1)
#define CLAIM epoch = 2
#else
#define A_IS_HEARD true
#define CLAIM skip
#endif

#ifdef DEADLINE
#define A_MAY_LAND (moment <= a_sent_at + DEADLINE_TICKS)
#define B_MAY_START (moment > LEASE_END + DEADLINE_TICKS)
#else
#define A_MAY_LAND true
#define B_MAY_START (moment >= LEASE_END)
#endif

#ifdef PROBE
#define B_SEES_IT (landings > 0)
#else
#define B_SEES_IT false
#endif

active proctype Lease() {
  do
  :: atomic { moment < LAST_MOMENT -> moment++ }
  :: atomic { a == WAITING && moment < LEASE_END -> a = READY }
  :: atomic { a == READY && A_STILL_HOLDS -> a_call = true; a_sent_at = moment; a = SENT }
  :: atomic { a_call && A_IS_HEARD && A_MAY_LAND -> a_call = false; LANDS }

  :: atomic { b == WAITING && B_MAY_START -> CLAIM; b = LOOKED }
  :: atomic { b == LOOKED && B_SEES_IT -> b = STOPPED }
  :: atomic { b == LOOKED && !B_SEES_IT -> b = READY }
  :: atomic { b == READY -> b_call = true; b = SENT }
  :: atomic { b_call -> b_call = false; LANDS }

  /* Not vacuous. */
  :: POSSIBLE(b == SENT && landings == 1)
  :: POSSIBLE(b == STOPPED && landings == 1)
  od
}
#endif
