/*
 * Who may widen authority: versions of the envelope, two honest policy admins, one malicious one and the malicious one's second
 * identity. A grant is one bit; an envelope is a set of them.
 *
 * What can go wrong: drafts are edited after a signature; an incident narrows the envelope while a draft waits; somebody signs
 * twice; somebody invents a colleague; somebody restores what ruled before. Honest admins sign what is no more than FAIR.
 *
 * -DNO_X takes the defence X away; then an assertion has to fail. Rules are named as in docs/decisions/0011-models.md.
 */
#define NOTHING 0
#define LITTLE 1
#define FAIR 3
#define ALL 7
#define CHANGES 6        /* most drafts and versions */

/* Names only, never set: the verifier's message shows which rule broke. */
bool I13;
#define MUST(rule, claim) assert((claim) || rule)

/* Control, on disk: control/src/trust/install.ts. */
byte ruling = FAIR;
byte before = FAIR;      /* what ruled before the active version */
byte version = 0;
byte changes = 0;

/* One draft at a time. */
bool is_open;
byte draft;
byte supersedes;
bool mallory_wrote;      /* else Anna did */
bool narrows_as_proposed;
bool mallory_on_file, anna_on_file, bert_on_file, puppet_on_file;
byte signatures = 0;     /* what a counter would say (NO_SET) */

/* What is true: whose hand signed exactly this draft. */
bool mallory_meant, anna_meant, bert_meant;
bool puppet_is_admin = false;

#define IS_WITHIN(a, b) (((a) & (~(b)) & ALL) == 0)
#define NATURAL_SIGNERS ((!mallory_wrote && mallory_meant) + (mallory_wrote && anna_meant) + bert_meant)

/* E3: neither its author (core/src/envelope/activate.ts). */
#ifdef NO_AUTHORBAR
#define COUNTED (mallory_on_file + anna_on_file + bert_on_file + puppet_on_file)
#else
#define COUNTED ((mallory_on_file && !mallory_wrote) + (anna_on_file && mallory_wrote) + bert_on_file + puppet_on_file)
#endif

/* Trap 2: different people, not signatures (activate.ts keeps a set of persons). */
#ifdef NO_SET
#define TWO_SIGNED (signatures >= 2)
#else
#define TWO_SIGNED (COUNTED >= 2)
#endif
#define ONE_SIGNED (mallory_on_file || anna_on_file || bert_on_file || puppet_on_file)

/* Trap 11: judged against what rules now, and the draft names what it replaces (installEnvelope in install.ts). */
#ifdef NO_CAS
#define IS_NARROWER narrows_as_proposed
#define IS_CURRENT true
#else
#define IS_NARROWER IS_WITHIN(draft, ruling)
#define IS_CURRENT (supersedes == version)
#endif

#define DROP_SIGNATURES \
    signatures = 0; \
    mallory_on_file = false; \
    anna_on_file = false; \
    bert_on_file = false; \
    puppet_on_file = false; \
    mallory_meant = false; \
    anna_meant = false; \
    bert_meant = false

/* Trap 1: a signature is over the envelope's digest; another text has none. */
#ifdef NO_BIND
#define EDITED \
    mallory_meant = false; \
    anna_meant = false; \
    bert_meant = false
#else
#define EDITED DROP_SIGNATURES
#endif

#define CLOSE_DRAFT \
    is_open = false; \
    draft = NOTHING; \
    supersedes = 0; \
    mallory_wrote = false; \
    narrows_as_proposed = false; \
    DROP_SIGNATURES

#define RULE(grants) \
    before = ruling; \
    ruling = grants; \
    version++

#define SIGN(on_file, meant) \
    on_file = true; \
    meant = true; \
    signatures = (signatures < 2 -> signatures + 1 : 2)

#define WRITE(grants, by_mallory) \
  atomic { \
    !is_open && changes < CHANGES -> \
    changes++; \
    is_open = true; \
    draft = grants; \
    mallory_wrote = by_mallory; \
    supersedes = version; \
    narrows_as_proposed = IS_WITHIN(grants, ruling) \
  }

/* A line below that the verifier never reaches is listed as unreached, and the test fails: the model must be able to do this. */
#define POSSIBLE(claim) atomic { claim -> assert(true) }

active proctype Authority() {
  do
  /* Drafts. */
  :: WRITE(LITTLE, true)
  :: WRITE(FAIR, true)
  :: WRITE(ALL, true)
  :: WRITE(LITTLE, false)
  :: WRITE(FAIR, false)
  :: atomic { is_open && draft != ALL -> draft = ALL; narrows_as_proposed = IS_WITHIN(ALL, ruling); EDITED }

  /* Signatures. A person may press twice. */
  :: atomic { is_open && (!mallory_on_file || signatures < 2) -> SIGN(mallory_on_file, mallory_meant) }
  :: atomic { is_open && draft != ALL && (!anna_on_file || signatures < 2) -> SIGN(anna_on_file, anna_meant) }
  :: atomic { is_open && draft != ALL && (!bert_on_file || signatures < 2) -> SIGN(bert_on_file, bert_meant) }

  /* Trap 11: keys and roles come in a trust bundle under the root keys, after two registrars (control/src/trust/open-bundle.ts). */
#ifdef NO_DUALGRANT
  :: atomic { !puppet_is_admin -> puppet_is_admin = true }
  :: atomic { is_open && puppet_is_admin && !puppet_on_file -> puppet_on_file = true }
#endif

  /* Narrowing in an incident: one person, at once (suspendEnvelope in install.ts). */
  :: atomic { changes < CHANGES && ruling != LITTLE && ruling != NOTHING -> changes++; RULE(LITTLE) }
  :: atomic { changes < CHANGES && ruling != NOTHING -> changes++; RULE(NOTHING) }

  /* Trap 11: going back to what ruled before is a new version like any other; there is no button for it. */
#ifdef NO_REVERTCHECK
  :: atomic { changes < CHANGES && ruling != before -> changes++; MUST(I13, IS_WITHIN(before, ruling)); RULE(before) }
#endif

  /* Activation. */
  :: atomic {
       is_open && IS_CURRENT && ((IS_NARROWER && ONE_SIGNED) || TWO_SIGNED) ->
       MUST(I13, IS_WITHIN(draft, ruling) || NATURAL_SIGNERS >= 2);
       RULE(draft);
       CLOSE_DRAFT
     }
  :: atomic { is_open && supersedes != version -> CLOSE_DRAFT }

  /* Not vacuous. */
  :: POSSIBLE(ruling == FAIR && before == LITTLE)
  :: POSSIBLE(ruling == FAIR && before == NOTHING)
  :: POSSIBLE(ruling == LITTLE && before == FAIR)
  :: POSSIBLE(is_open && draft == ALL && mallory_on_file)
#ifdef IMPOSSIBLE
  :: POSSIBLE(ruling == ALL)
#endif
  od
}
