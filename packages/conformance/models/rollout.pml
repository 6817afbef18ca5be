/*
 * One rollout on one runner: canary {0, 1}, then cohort {2, 3}, window w = 2; trips, halts, resume and rollback.
 *
 * What can go wrong: the runner crashes between any two steps; a call to a target lands late or never; the answer is lost; any
 * target may turn bad by the change, visible in its own health or only in its dependants'; health shows no data; a person's
 * resume or request to roll back arrives at any later time.
 *
 * The journalled part follows core/src/rollout/reducer.ts (forward) and reverse.ts (back). -DNO_X takes the defence X away; then
 * an assertion has to fail. Rules are named as in docs/decisions/0011-models.md.
 */
#define TARGETS 4
#ifndef CANARY
#define CANARY 2
#endif
#define WINDOW 2
#ifndef CRASHES
#define CRASHES 1
#endif
#define STOPS 3          /* most numbered trips and halts */

/* Names only, never set: the verifier's message shows which rule broke. */
bool I4, I6, I8, I9, I10, I11, I12, X4;
#define MUST(rule, claim) assert((claim) || rule)

/* Journal: core/src/rollout/ledger.ts. */
mtype = { UNTOUCHED, LEASED, HEALTHY, BROKEN, UNKNOWN, REVERTED, REVERT_FAILED };
mtype state[TARGETS] = UNTOUCHED;
mtype = { LEASING, BAKING, VERIFIED, COMPLETED, ROLLING_BACK, ROLLED_BACK, ROLLBACK_FAILED };
mtype phase = LEASING;
mtype = { CLOSED, OWED, OPEN };
mtype breaker = CLOSED;
byte leased = 0;         /* targets are leased in order */
byte on_disk = 0;        /* how many of those leases are on disk */
byte cohort_end = CANARY;
byte in_flight = 0;
byte healthy = 0;
byte trips = 0;
byte to_revert = 0;      /* how many are still to be put back, from the last */

/* Runner's memory: whether it waits for this target's answer. */
bool in_hand[TARGETS];
byte crashes = 0;

/* The real world. */
byte call[TARGETS];      /* calls that may still land */
bool changed[TARGETS];
bool landed[TARGETS];
byte bad_from = TARGETS; /* targets from here on turn bad when changed */
bool is_hidden;          /* only the dependants show it */

/* People. */
bool resume_sent[STOPS + 1];
bool rollback_sent;

/* What is true, whoever knows it. */
bool stop_stands;        /* something failed, or a person halted, and nobody has signed a resume since */
byte may_still_land = 0; /* acts that were in flight at the stop and have not landed since */

#define IS_BAD(t) (changed[t] && t >= bad_from)
#define LOOKS_BAD(t) (IS_BAD(t) && !is_hidden)
#define DEPENDANTS_ARE_BAD (is_hidden && (IS_BAD(0) || IS_BAD(1) || IS_BAD(2) || IS_BAD(3)))
/* Not healthy was seen by the person who let it go on; healthy has to be true. */
#define IS_TRUE(t) (state[t] != HEALTHY || (changed[t] && !IS_BAD(t)))
#define HEALTHY_IS_TRUE (IS_TRUE(0) && IS_TRUE(1) && IS_TRUE(2) && IS_TRUE(3))
#define NONE_CHANGED (!changed[0] && !changed[1] && !changed[2] && !changed[3])
#define IS_FORWARD (phase == LEASING || phase == BAKING || phase == VERIFIED)
#define ANY_IS(which) (state[0] == which || state[1] == which || state[2] == which || state[3] == which)

/* X4: the first target goes alone (openWindow in ledger.ts). */
#ifdef NO_FIRSTALONE
#define OPEN_WINDOW WINDOW
#else
#define OPEN_WINDOW (healthy == 0 -> 1 : WINDOW)
#endif

/* X5, I8: no more than w leases without a verdict (lease in reducer.ts). */
#ifdef NO_WINDOW
#define HAS_ROOM (healthy > 0 || in_flight == 0)
#else
#define HAS_ROOM (in_flight < OPEN_WINDOW)
#endif

/* Trap 9: the breaker is a function of the journal, so a restart finds it as it was (replay in reducer.ts). */
#ifdef NO_DTRIP
#define FORGET_BREAKER breaker = CLOSED
#else
#define FORGET_BREAKER skip
#endif

/* I8: leasing is closed in the step that applies the failure, before the trip has its number (stop in reducer.ts). */
#ifdef NO_OWED
#define CLOSE_LEASING skip
#else
#define CLOSE_LEASING breaker = OWED
#endif

/* I9: nobody releases what may still land (resume in reducer.ts). */
#ifdef NO_QUIET
#define IS_QUIET true
#else
#define IS_QUIET (in_flight == 0)
#endif

/* Trap 14: going back begins when every act has its verdict (begin in reverse.ts). */
#ifdef NO_FENCE
#define IS_FENCED true
#else
#define IS_FENCED (in_flight == 0)
#endif

/* What has not landed at the adapter's deadline never will (adapter.ts, withDeadline in act-on-target.ts). */
#ifdef NO_DEADLINE
#define DEADLINE_PASSES(t) skip
#else
#define DEADLINE_PASSES(t) call[t] = 0
#endif

/* Trap 10: a halt takes a new number although the rollout is stopped (halt in reducer.ts). */
#ifdef NO_HALTNUMBER
#define NEXT_HALT (breaker == OPEN -> trips : trips + 1)
#else
#define NEXT_HALT (trips + 1)
#endif

/* Trap 10: a resume names its trip (resume in reducer.ts, core/src/approval/resume.ts). */
#ifdef NO_RESGEN
#define RESUME_ARRIVES (resume_sent[1] || resume_sent[2] || resume_sent[3])
#else
#define RESUME_ARRIVES resume_sent[trips]
#endif

/* Trap 12, I6: the intent is on disk before the act (runner/src/act/rollout.ts, journal.ts). */
#ifdef NO_WAL
#define FLUSH_INTENT skip
#else
#define FLUSH_INTENT on_disk = leased
#endif

/* I12: put back is what is proved to be (runner/src/undo/revert-target.ts). */
#ifdef NO_PROOF
#define IS_PROVED(t) true
#else
#define IS_PROVED(t) !changed[t]
#endif

/* I14: an unknown target counts as touched and is put back like the others (reverse.ts). */
#ifdef NO_TOUCHED
#define COUNTS_AS_TOUCHED(t) (state[t] != UNKNOWN)
#else
#define COUNTS_AS_TOUCHED(t) true
#endif

#define STOP_STANDS \
    stop_stands = true; \
    may_still_land = in_flight

/* Trip owed. While the rollout is stopped already, one number covers what the acts in flight turn out to be. */
inline stop() {
  if
  :: breaker == CLOSED ->
     CLOSE_LEASING;
     STOP_STANDS;
     MUST(I8, in_flight <= WINDOW - 1)
  :: else
  fi
}

/* A verdict, or UNKNOWN, ends an act. */
inline end_act(t, verdict) {
  state[t] = verdict;
  in_hand[t] = false;
  in_flight--;
  on_disk = (on_disk < t + 1 -> t + 1 : on_disk)
}

inline pass(t) {
  end_act(t, HEALTHY);
  healthy++
}

inline fail(t, verdict) {
  end_act(t, verdict);
  stop()
}

/* Cohorts: core/src/capsule/cohorts.ts; never more than the window. */
inline promote() {
  MUST(I10, HEALTHY_IS_TRUE);
  if
  :: leased == TARGETS -> phase = VERIFIED
  :: else ->
     phase = LEASING;
     cohort_end = leased + (healthy > WINDOW -> WINDOW : (healthy == 0 -> 1 : healthy));
     cohort_end = (cohort_end > TARGETS -> TARGETS : cohort_end)
  fi
}

#define LAND(t) \
  atomic { \
    call[t] > 0 -> \
    MUST(I4, !landed[t]); \
    MUST(I6, t < on_disk); \
    MUST(I8, !stop_stands || may_still_land > 0); \
    MUST(I11, phase != ROLLED_BACK); \
    MUST(X4, t == 0 || state[0] != LEASED); \
    call[t]--; \
    landed[t] = true; \
    changed[t] = true; \
    may_still_land = (may_still_land > 0 -> may_still_land - 1 : 0) \
  }

/* The intent, then the act. A crash between the two is a call that never lands. */
#define CALL(t) \
    in_hand[t] = true; \
    call[t]++
#define LEASE(t) \
  atomic { \
    phase == LEASING && breaker == CLOSED && leased == t && t < cohort_end && HAS_ROOM -> \
    MUST(I8, !stop_stands); \
    state[t] = LEASED; \
    in_flight++; \
    leased++; \
    FLUSH_INTENT; \
    CALL(t) \
  }

/* Health after the act, from the version that was intended; without data it is no success (runner/src/watch/after-act.ts). */
#define ANSWER(t) \
  atomic { in_hand[t] && changed[t] && !LOOKS_BAD(t) -> pass(t) } \
  :: atomic { in_hand[t] && changed[t] -> fail(t, BROKEN) }

/* The answer is lost (trap 12): never called again. */
#ifdef NO_TOTRIP
#define TIMEOUT(t) \
  atomic { in_hand[t] && !changed[t] && call[t] == 1 -> call[t]++ }
#else
#define TIMEOUT(t) \
  atomic { in_hand[t] -> DEADLINE_PASSES(t); fail(t, UNKNOWN) }
#endif

/* After a crash: a lease without a verdict is probed, not done again (runner/src/act/recover-target.ts). */
#ifdef NO_PROBE
#define RECOVER(t) \
  atomic { state[t] == LEASED && !in_hand[t] -> CALL(t) }
#else
#define RECOVER(t) \
  atomic { state[t] == LEASED && !in_hand[t] && changed[t] -> in_hand[t] = true } \
  :: atomic { state[t] == LEASED && !in_hand[t] && !changed[t] -> DEADLINE_PASSES(t); fail(t, BROKEN) }
#endif

/* In reverse order. A crash on the way is a revert that is begun again, which changes nothing (revert-target.ts). */
#define REVERT(t) \
  atomic { \
    phase == ROLLING_BACK && breaker == CLOSED && to_revert == t + 1 && COUNTS_AS_TOUCHED(t) -> \
    to_revert--; \
    if \
    :: changed[t] = false \
    :: skip \
    fi; \
    if \
    :: IS_PROVED(t) -> state[t] = REVERTED \
    :: else -> state[t] = REVERT_FAILED \
    fi \
  }

#define EACH(STEP) STEP(0) :: STEP(1) :: STEP(2) :: STEP(3)

/* A line below that the verifier never reaches is listed as unreached, and the test fails: the model must be able to do this. */
#define POSSIBLE(claim) atomic { claim -> assert(true) }

active proctype Rollout() {
  atomic {
    if
    :: bad_from = 0
    :: bad_from = 1
    :: bad_from = 2
    :: bad_from = 3
    :: bad_from = TARGETS
    fi;
    if
    :: is_hidden = true
    :: is_hidden = false
    fi
  }
  do
  /* The real world. */
  :: EACH(LAND)

  /* Forward. */
  :: EACH(LEASE)
  :: EACH(ANSWER)
  :: EACH(TIMEOUT)
  :: EACH(RECOVER)
#ifdef NO_VERIFY
  /* Trap 7: the change is lost on its way, and the old version is healthy and answers for the new one. */
  :: atomic { in_hand[0] && !changed[0] -> call[0] = 0; pass(0) }
  :: atomic { in_hand[1] && !changed[1] -> call[1] = 0; pass(1) }
#endif
#ifdef NO_FAILCLOSED
  /* Trap 8: no data counts as healthy. */
  :: atomic { in_hand[0] && changed[0] -> pass(0) }
  :: atomic { phase == BAKING && breaker == CLOSED -> promote() }
#endif

  :: atomic { phase == LEASING && leased == cohort_end && in_flight == 0 -> phase = BAKING }

  /* After a cohort the dependants are asked; anything but success stops (judgeDependants in reducer.ts). */
#ifdef NO_DEPENDANTS
  :: atomic { phase == BAKING && breaker == CLOSED -> promote() }
#else
  :: atomic { phase == BAKING && breaker == CLOSED && !DEPENDANTS_ARE_BAD -> promote() }
#endif
  :: atomic { phase == BAKING && breaker == CLOSED -> stop() }
  :: atomic { phase == VERIFIED && breaker == CLOSED && !ANY_IS(UNKNOWN) -> phase = COMPLETED }

  /* Stops: a trip gets its number, a person halts. */
#ifdef NO_OWED
  :: atomic { stop_stands && breaker == CLOSED && IS_FORWARD && trips < STOPS -> trips++; breaker = OPEN }
#else
  :: atomic { breaker == OWED && trips < STOPS -> trips++; breaker = OPEN }
#endif
  :: atomic {
       (IS_FORWARD || phase == ROLLING_BACK) && trips < STOPS ->
       trips = NEXT_HALT;
       breaker = OPEN;
       STOP_STANDS;
       MUST(I8, in_flight <= WINDOW)
     }

  /* Going on: a person signs for the trip they see; the signature arrives later, or again. */
  :: atomic { breaker == OPEN && !resume_sent[trips] -> resume_sent[trips] = true; stop_stands = false; may_still_land = 0 }
  :: atomic {
       breaker == OPEN && RESUME_ARRIVES && IS_QUIET ->
       MUST(I9, !stop_stands && in_flight == 0);
       breaker = CLOSED;
       phase = (phase == VERIFIED -> BAKING : phase)
     }

  /* Going back: from a numbered stop, or after completion. */
  :: atomic { trips > 0 && !rollback_sent -> rollback_sent = true }
  :: atomic {
       rollback_sent && breaker == OPEN && IS_FORWARD && IS_FENCED ->
       breaker = CLOSED;
       phase = ROLLING_BACK;
       to_revert = leased
     }
  :: atomic { phase == COMPLETED && breaker == CLOSED -> phase = ROLLING_BACK; to_revert = leased }
#ifdef NO_TOUCHED
  :: atomic { phase == ROLLING_BACK && to_revert > 0 && state[to_revert - 1] == UNKNOWN -> to_revert-- }
#endif
  :: EACH(REVERT)
  :: atomic { phase == ROLLING_BACK && breaker == CLOSED && to_revert == 0 ->
       if
       :: ANY_IS(REVERT_FAILED) -> phase = ROLLBACK_FAILED
       :: else -> phase = ROLLED_BACK; MUST(I12, NONE_CHANGED)
       fi
     }

  /* The runner dies; its memory is gone, calls under way are not. */
  :: atomic {
       crashes < CRASHES ->
       crashes++;
       in_hand[0] = false;
       in_hand[1] = false;
       in_hand[2] = false;
       in_hand[3] = false;
       FORGET_BREAKER
     }

  /* Not vacuous. */
  :: POSSIBLE(phase == COMPLETED && trips == 0 && crashes == 0)
  :: POSSIBLE(phase == COMPLETED && trips == 1 && crashes == CRASHES && ANY_IS(BROKEN))
  :: POSSIBLE(phase == ROLLED_BACK && leased == TARGETS)
  :: POSSIBLE(phase == ROLLED_BACK && leased == 1)
  :: POSSIBLE(phase == ROLLBACK_FAILED)
  :: POSSIBLE(trips == STOPS && breaker == OPEN)
  :: POSSIBLE(in_flight == WINDOW)
  :: POSSIBLE(breaker == OWED && may_still_land == WINDOW - 1)
  :: POSSIBLE(breaker == OPEN && stop_stands && ANY_IS(UNKNOWN) && ANY_IS(LEASED))
  :: POSSIBLE(breaker == OPEN && phase == BAKING && healthy == TARGETS && DEPENDANTS_ARE_BAD)
#ifdef IMPOSSIBLE
  :: POSSIBLE(phase == COMPLETED && ANY_IS(UNKNOWN))
#endif
  od
}
