/** The threats of the model, T1 to T28, and what stands for each in this repository; T23 was never given out. */
import type { Standing } from './standing.ts';

const STEP_UP = 'packages/control/src/identity/step-up.test.ts';
const ROSTER = 'packages/core/src/people/roster-change.test.ts';

export const THREATS: readonly Standing[] = [
  {
    id: 'T1',
    act: 'an agent that was talked into something',
    attacks: ['agent-approves', 'action-not-in-the-catalogue', 'path-outside-the-catalogue'],
    tests: [
      [
        'packages/control/src/http/hostile.test.ts',
        'of an agent approves, rejects, halts, suspends and installs nothing',
      ],
    ],
  },
  {
    id: 'T2',
    act: 'an agent that floods, or splits one act into many',
    attacks: [
      'more-targets-than-the-grant',
      'targets-undercounted',
      'cut-up-among-proposals',
      'cut-up-within-one-proposal',
      'quota-of-the-hour-used-up',
    ],
    tests: [
      ['packages/conformance/src/attacks/quota/quota.test.ts', 'within the quota of the witness over all runners'],
    ],
    open: 'how long real items wait in the queue under a flood is a bench row, not an attack',
  },
  {
    id: 'T3',
    act: 'an agent together with an operator',
    attacks: [
      'owner-of-the-agent-approves',
      'operator-approves-production',
      'one-person-in-two-roles',
      'owner-written-with-another-letter',
    ],
    tests: [['packages/core/src/people/duties.property.test.ts', 'A4']],
  },
  {
    id: 'T4',
    act: 'the whole control plane',
    attacks: [
      'approval-signed-by-the-server',
      'nobody-demanded',
      'trust-signed-by-the-server',
      'status-signed-by-the-server',
      'trust-with-one-key-for-two-things',
      'envelope-that-was-replaced-comes-back',
    ],
    tests: [
      ['packages/runner/src/admit/key-kinds.test.ts', 'who is believed when they sign'],
      ['packages/runner/src/witness/narrowing.test.ts', 'what was replaced never comes back by leaves alone'],
      ['packages/conformance/src/attacks/generated/forgeries.long.test.ts', '0 of 10,000 forged capsules'],
    ],
  },
  {
    id: 'T5',
    act: 'a runner host',
    attacks: ['drill-signed-by-production', 'receipt-signed-by-another-runner'],
    open: 'what its targets allow it a runner host can do: rights of its account bound that, nothing here does',
  },
  {
    id: 'T6',
    act: 'one approver',
    attacks: ['role-not-held', 'one-of-two-demanded', 'approval-of-another-page', 'approver-left-after-signing'],
  },
  {
    id: 'T7',
    act: 'an administrator who makes a second person',
    attacks: ['person-not-on-the-roster', 'trust-signed-by-people', 'trust-signed-by-one-registrar'],
    tests: [[ROSTER, 'whoever signs alone gains no key and no role in any sequence of up to six bundles']],
  },
  {
    id: 'T8',
    act: 'a policy admin who widens alone',
    attacks: [
      'envelope-signed-by-one',
      'envelope-signed-by-its-owner',
      'policy-swapped-under-an-approval',
      'window-widened-behind-a-signature',
      'narrowed-by-one-from-what-was-replaced',
      'old-version-recorded-under-a-new-number',
      'suspension-ended-by-one',
      'envelope-that-was-replaced-comes-back',
    ],
  },
  {
    id: 'T9',
    act: 'the network',
    attacks: ['capsule-five-times-at-once', 'cut-off', 'status-of-yesterday', 'record-rolled-back'],
  },
  {
    id: 'T10',
    act: 'an administrator of the database',
    attacks: ['entry-changed-under-the-root', 'entry-not-shown', 'record-shrunk'],
    tests: [['packages/control/src/record/audit.test.ts', 'random edits: each is found, and the row is named']],
  },
  { id: 'T11', act: 'two views of one record', attacks: ['two-sites-shown-two-histories', 'record-forked-longer'] },
  {
    id: 'T12',
    act: 'a stolen session',
    attacks: ['approved-on-the-console-alone'],
    tests: [[STEP_UP, 'with a cookie alone no change goes through that is not listed as harmless']],
  },
  {
    id: 'T13',
    act: 'a stolen passkey',
    attacks: ['approver-left-after-signing', 'role-lost-after-signing', 'own-key-used-on-a-look-alike'],
    open: 'a clone that signs as its owner would is one person until the registrars take it off the roster',
  },
  {
    id: 'T14',
    act: 'an approval that is moved to something else',
    attacks: [
      'approval-of-another-capsule',
      'approval-of-an-older-revision',
      'approval-for-another-enclave',
      'approval-of-another-campaign',
      'capsule-delivered-again',
    ],
  },
  {
    id: 'T15',
    act: 'a wrong clock',
    attacks: [
      'clock-set-back-while-running',
      'clock-set-ahead-while-running',
      'clock-set-back-over-a-restart',
      'approval-about-to-expire',
    ],
  },
  {
    id: 'T16',
    act: 'a graph that is old',
    attacks: ['graph-stale', 'graph-from-the-future', 'graph-other-than-named'],
  },
  {
    id: 'T17',
    act: 'something nobody classified',
    attacks: ['safety-critical-lowered-in-the-graph', 'tier-lowered-in-the-graph', 'target-unknown-here'],
  },
  {
    id: 'T18',
    act: 'a page that pretends to be the one people sign on',
    attacks: [
      'own-key-used-on-a-look-alike',
      'own-key-used-on-the-console',
      'page-shows-one-thing-and-asks-for-another',
    ],
    open: 'the product sends no notifications of its own, so none carries a link that approves',
  },
  {
    id: 'T19',
    act: 'text that looks like other text',
    attacks: ['approver-in-look-alike-letters', 'owner-in-look-alike-letters', 'field-proto', 'byte-order-mark'],
    tests: [['packages/core/src/capsule/plain-text.test.ts', 'two different texts never look alike']],
  },
  {
    id: 'T20',
    act: 'evidence that carries secrets out',
    attacks: [],
    tests: [
      ['packages/runner/src/egress/canary.test.ts', 'nothing leaves that is not on its list'],
      ['packages/runner/src/egress/check-report.test.ts', 'test'],
      [
        'packages/control/src/exits/exits.test.ts',
        'each word comes out only where its statement gives it to that reader',
      ],
    ],
    elsewhere:
      'what leaves is decided when evidence is made and again at the gateway, and no letter to a runner has a say in it',
  },
  {
    id: 'T21',
    act: 'an address that makes the server ask itself',
    attacks: ['service-that-is-an-address'],
    tests: [['packages/control/src/identity/guarded-fetch.test.ts', 'is refused in development too']],
    open: 'a runner asks the addresses of its own `targets.json` and no others; control fetches identity providers only, webhooks do not exist yet',
  },
  {
    id: 'T22',
    act: 'paths and files that lead out',
    attacks: ['link-at-the-path', 'path-outside-the-catalogue', 'file-of-100-megabytes', 'nested-100000-deep'],
    tests: [['packages/runner/src/act/config/config-adapter.test.ts', 'T22: refuses %s for capture, apply and undo']],
  },
  {
    id: 'T24',
    act: 'a dependency',
    attacks: [],
    tests: [
      ['architecture/trust-code.test.ts', 'two small packages and Node’s cryptography'],
      ['architecture/architecture.test.ts', 'test('],
    ],
    elsewhere: 'what a runner is made of is there before the first letter: counted in its bundle, not tried on it',
    open: 'the runner has no dependency of its own, which a test holds; packages that are signed and reproducible come later',
  },
  {
    id: 'T25',
    act: 'a signal that is not true',
    attacks: [
      'sources-of-one-lineage',
      'one-signal-signed',
      'relay-speaks-for-another-source',
      'known-benign-hidden',
      'signals-older-than-a-day',
      'signals-from-tomorrow',
      'signals-about-other-hosts',
    ],
  },
  {
    id: 'T26',
    act: 'a health check that lies',
    attacks: ['healthy-with-another-version'],
    tests: [
      ['packages/runner/src/act/act-on-target.test.ts', 'health that is dated in the future is no data'],
      ['packages/runner/src/watch/watch.test.ts', 'test'],
    ],
    open: 'a target that lies about being well is believed',
  },
  {
    id: 'T27',
    act: 'a control that is switched off',
    attacks: [
      'status-missing',
      'status-six-minutes-old',
      'trust-missing',
      'trust-frozen',
      'graph-stale',
      'halt-file-in-the-inbox',
    ],
    tests: [['packages/runner/src/inbox/stops-and-answers.test.ts', 'test(']],
  },
  {
    id: 'T28',
    act: 'an emergency that is used as a way round',
    attacks: ['emergency-that-does-not-exist', 'emergency-said-of-a-capsule', 'halt-file-in-the-inbox'],
    tests: [['packages/runner/src/inbox/drop-folder.test.ts', 'whatever is called HALT stops']],
    open: 'there is no break-glass: stopping works without the control plane, starting past the gate does not exist',
  },
];
