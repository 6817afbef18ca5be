/*
 * One proposal with two revisions, from the countersignatures to the act: people, control, network, one runner.
 *
 * What can go wrong: messages are lost, doubled, late and out of order; the runner crashes between any two steps; people revise,
 * withdraw, sign twice and lose their role; the runner's clock is behind. A message that was ever sent may arrive at any time,
 * any number of times, or never.
 *
 * One process, one guarded step a line. -DNO_X takes the defence X away; then an assertion has to fail.
 * Rules are named as in docs/decisions/0011-models.md.
 */
#define WINDOW_END 2     /* the capsule's notAfter, in true time */
#define LAST_MOMENT 3
#define DECLARED_SKEW 1  /* runner/src/admit/context.ts SKEW_MS: how far behind a clock is reckoned with */
#ifndef SKEW
#define SKEW 1           /* how far behind it really is */
#endif
#ifndef CRASHES
#define CRASHES 2
#endif

/* Names only, never set: the verifier's message shows which rule broke. */
bool I1, I4, I5, I11;
#define MUST(rule, claim) assert((claim) || rule)

/* Control, on disk: core/src/proposal/state.ts. RUNNING and VERIFYING bring nothing new here and are left out. */
mtype = { PENDING, DISPATCHED, WITHDRAWING, WITHDRAWN, UNKNOWN, SUCCEEDED };
mtype proposal = PENDING;
byte revision = 0;                     /* each revision has a capsule of its own with the same number */
bool spent[2];                         /* the runner refused this capsule for good */
bool author_on_file[2], anna_on_file[2], bert_on_file[2];  /* approvals received, by capsule */
byte approvals_received = 0;           /* what a counter would say (NO_SET) */
bool quorum_seen = false;              /* what an earlier transaction saw (NO_TXN) */

/* People and time. */
bool author_signed[2], anna_signed[2], bert_signed[2];     /* whose hand signed which capsule */
bool anna_has_role = true;
byte moment = 0;

/* Under way in the network. */
bool order[2], halt[2];                /* control to runner */
bool says_never[2], says_done;         /* runner to control: a refusal, the evidence */

/* Runner: on disk, then in memory. */
bool intent[2], finished[2], refused[2];
mtype = { IDLE, HOLDS, BEFORE_ACT, AFTER_ACT };
mtype runner = IDLE;
byte held = 0;
byte crashes = 0;

/* What is true, whoever knows it. */
byte acts = 0;
bool acted[2];
bool shown_withdrawn = false;

/* Trap 3, A4: core/src/people/duties.ts excludes whoever proposed it. */
#ifdef NO_SOD
#define AUTHOR_COUNTS author_on_file[revision]
#else
#define AUTHOR_COUNTS 0
#endif

/* Trap 4: core/src/approval/quorum.ts asks the roster as it is now. */
#ifdef NO_REVAL
#define ANNA_COUNTS anna_on_file[revision]
#else
#define ANNA_COUNTS (anna_on_file[revision] && anna_has_role)
#endif

/* Trap 2: core/src/approval/quorum.ts seats people, it does not count signatures. */
#ifdef NO_SET
#define QUORUM (approvals_received >= 2)
#else
#define QUORUM (AUTHOR_COUNTS + ANNA_COUNTS + bert_on_file[revision] >= 2)
#endif

/* Trap 1: an approval names a capsule digest (core/src/approval/statement.ts); a new revision starts without any. */
#ifdef NO_BIND
#define IS_ABOUT(k) true
#define FILED_UNDER(k) revision
#define FORGET_COUNT skip
#else
#define IS_ABOUT(k) ((k) == revision)
#define FILED_UNDER(k) (k)
#define FORGET_COUNT approvals_received = 0
#endif

/* Trap 15: the window on the cautious side (runner/src/admit/window.ts). */
#define RUNNER_CLOCK (moment >= SKEW -> moment - SKEW : 0)
#ifdef NO_MARGIN
#define IN_WINDOW (RUNNER_CLOCK < WINDOW_END)
#else
#define IN_WINDOW (RUNNER_CLOCK + DECLARED_SKEW < WINDOW_END)
#endif

/* Trap 15: asked again at every target, not only at the gate (mayAct in runner/src/inbox/open-rollout.ts). */
#ifdef NO_RECHECK
#define STILL_IN_WINDOW true
#else
#define STILL_IN_WINDOW IN_WINDOW
#endif

/* Trap 12, I6: the intent is on disk before the act (runner/src/act/rollout.ts, journal.ts). */
#ifdef NO_WAL
#define WRITE_INTENT_BEFORE(k) skip
#else
#define WRITE_INTENT_BEFORE(k) intent[k] = true
#endif

/* What was refused once is never admitted later: control has told people that it will not happen. */
#ifdef NO_REFUSEONCE
#define WAS_REFUSED(k) false
#else
#define WAS_REFUSED(k) refused[k]
#endif

#define BOTH_SIGNED(k) (anna_signed[k] && bert_signed[k])
#define NEVER(k) refused[k] = true; says_never[k] = true

#define SIGN(by, k) \
  atomic { (k) <= revision && !by[k] -> by[k] = true }

#define RECEIVE_APPROVAL(signed, on_file, k) \
  atomic { \
    proposal == PENDING && signed[k] && IS_ABOUT(k) -> \
    on_file[FILED_UNDER(k)] = true; \
    approvals_received = (approvals_received < 3 -> approvals_received + 1 : 3) \
  }

#define DISPATCH \
    proposal = DISPATCHED; \
    order[revision] = true; \
    MUST(I1, BOTH_SIGNED(revision) && anna_has_role)

#define SHOW_WITHDRAWN \
    proposal = WITHDRAWN; \
    shown_withdrawn = true; \
    MUST(I11, acts == 0)

#define TAKE_ORDER(k) \
  atomic { \
    runner == IDLE && order[k] && !intent[k] && !WAS_REFUSED(k) -> \
    held = k; \
    runner = HOLDS \
  }

/* A halt for something that has begun trips its rollout and proves nothing; the outcome is told by evidence. */
#define TAKE_HALT(k) \
  atomic { runner == IDLE && halt[k] && !intent[k] && !refused[k] -> NEVER(k) }

/* After a crash files and health are asked, nothing is repeated (runner/src/act/recover-target.ts). */
#define RECOVER(k) \
  atomic { runner == IDLE && intent[k] && !finished[k] && acted[k] -> finished[k] = true; says_done = true }

/* A line below that the verifier never reaches is listed as unreached, and the test fails: the model must be able to do this. */
#define POSSIBLE(claim) atomic { claim -> assert(true) }

active proctype Remediation() {
  do
  /* People, agent and time. */
  :: SIGN(author_signed, 0)
  :: SIGN(anna_signed, 0)
  :: SIGN(anna_signed, 1)
  :: SIGN(bert_signed, 0)
  :: SIGN(bert_signed, 1)
  :: atomic { anna_has_role -> anna_has_role = false }
  :: atomic { moment < LAST_MOMENT -> moment++ }
  :: atomic { proposal == PENDING && revision == 0 -> revision = 1; FORGET_COUNT }

  /* Control files approvals. */
  :: RECEIVE_APPROVAL(author_signed, author_on_file, 0)
  :: RECEIVE_APPROVAL(anna_signed, anna_on_file, 0)
  :: RECEIVE_APPROVAL(anna_signed, anna_on_file, 1)
  :: RECEIVE_APPROVAL(bert_signed, bert_on_file, 0)
  :: RECEIVE_APPROVAL(bert_signed, bert_on_file, 1)

  /* Dispatch. Trap 5: quorum, roles and state in one transaction (control/src/flow/remediations.ts, writes.ts). */
#ifdef NO_TXN
  :: atomic { proposal == PENDING && !spent[revision] && !quorum_seen && QUORUM && moment < WINDOW_END -> quorum_seen = true }
  :: atomic { proposal == PENDING && quorum_seen -> quorum_seen = false; DISPATCH }
#else
  :: atomic { proposal == PENDING && !spent[revision] && QUORUM && moment < WINDOW_END -> DISPATCH }
#endif

  /* Withdrawal. Trap 6: after dispatch only the runner can say that it never acted (control/src/proposals/act-on-proposal.ts). */
  :: atomic { proposal == PENDING -> SHOW_WITHDRAWN }
#ifdef NO_WFENCE
  :: atomic { proposal == DISPATCHED -> halt[revision] = true; SHOW_WITHDRAWN }
#else
  :: atomic { proposal == DISPATCHED -> halt[revision] = true; proposal = WITHDRAWING }
  :: atomic { proposal == WITHDRAWING && says_never[revision] -> SHOW_WITHDRAWN }
#endif

  /* The window passes without an answer. Trap 6: nobody knows, and that is what is shown (awaitRunner in flow/steps.ts). */
#ifdef NO_UNKNOWN
  :: atomic { proposal == WITHDRAWING && moment >= WINDOW_END -> SHOW_WITHDRAWN }
#else
  :: atomic { (proposal == DISPATCHED || proposal == WITHDRAWING) && moment >= WINDOW_END -> proposal = UNKNOWN }
  :: atomic { proposal == UNKNOWN && says_never[revision] -> SHOW_WITHDRAWN }
#endif

  /* The runner's answers (control/src/enclaves/record-outcome.ts). */
  :: atomic {
       proposal == DISPATCHED && says_never[revision] ->
       proposal = PENDING;
       spent[revision] = true;
       MUST(I11, acts == 0)
     }
  :: atomic {
       says_done && (proposal == DISPATCHED || proposal == WITHDRAWING || proposal == UNKNOWN) ->
       proposal = SUCCEEDED;
       MUST(I11, acts == 1)
     }

  /* Runner: inbox. */
  :: TAKE_ORDER(0)
  :: TAKE_ORDER(1)
  :: TAKE_HALT(0)
  :: TAKE_HALT(1)
#ifdef NO_COPYCHECK
  /* A second copy of what is under way is judged like a new capsule, and its refusal is reported. */
  :: atomic { runner == IDLE && order[0] && intent[0] -> says_never[0] = true }
  :: atomic { runner == IDLE && order[1] && intent[1] -> says_never[1] = true }
#endif

  /* Runner: gate and act. The gate may say no for any reason. */
  :: atomic { runner == HOLDS -> NEVER(held); runner = IDLE }
  :: atomic { runner == HOLDS && IN_WINDOW -> WRITE_INTENT_BEFORE(held); runner = BEFORE_ACT }
  :: atomic { runner == BEFORE_ACT && !STILL_IN_WINDOW -> runner = IDLE }
  :: atomic {
       runner == BEFORE_ACT && STILL_IN_WINDOW ->
       acts++;
       acted[held] = true;
       runner = AFTER_ACT;
       MUST(I4, acts <= 1);
       MUST(I5, moment < WINDOW_END);
       MUST(I11, !shown_withdrawn);
       MUST(I1, BOTH_SIGNED(held))
     }
  :: atomic {
       runner == AFTER_ACT ->
       intent[held] = true;
       finished[held] = true;
       says_done = true;
       runner = IDLE
     }
  :: RECOVER(0)
  :: RECOVER(1)
  :: atomic { crashes < CRASHES && runner != IDLE -> crashes++; held = 0; runner = IDLE }

  /* Not vacuous. */
  :: POSSIBLE(proposal == SUCCEEDED && acts == 1)
  :: POSSIBLE(proposal == SUCCEEDED && crashes == CRASHES)
  :: POSSIBLE(proposal == SUCCEEDED && spent[0] && acted[1])
  :: POSSIBLE(proposal == WITHDRAWN && order[0] && refused[0])
  :: POSSIBLE(proposal == WITHDRAWING && acts == 1)
  :: POSSIBLE(proposal == UNKNOWN && acts == 1)
#ifdef IMPOSSIBLE
  :: POSSIBLE(acts == 2)
#endif
  od
}
