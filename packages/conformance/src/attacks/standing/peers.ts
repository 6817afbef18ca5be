/**
 * Fifteen acts that were tried on other systems of this kind, several of which let them through, and what stands for each here.
 * `npm run conformance -- attacks --json` says of each what refused it.
 */
import type { Standing } from './standing.ts';

const TAMPER = 'packages/control/src/record/tamper.test.ts';
const AUDIT = 'packages/control/src/record/audit.test.ts';

export const PEER_FINDINGS: readonly Standing[] = [
  {
    id: 'A1',
    act: 'the name of an approver stands in the body of a request',
    attacks: ['approver-named-without-a-signature', 'approver-named-in-the-delivery', 'approval-signed-by-the-server'],
  },
  {
    id: 'A2',
    act: 'separation of duties is passed by a name that looks the same or is spelled another way',
    attacks: ['approver-in-look-alike-letters', 'owner-written-with-another-letter', 'owner-in-look-alike-letters'],
  },
  {
    id: 'A3',
    act: 'one person does two steps',
    attacks: [
      'one-person-twice',
      'one-person-in-two-roles',
      'envelope-signed-by-one-twice',
      'delta-signed-by-somebody-else',
    ],
  },
  {
    id: 'A4',
    act: 'parameters are changed after the approval',
    attacks: [
      'approval-of-another-capsule',
      'change-swapped-under-its-digest',
      'approved-act-on-other-hosts',
      'window-widened-behind-a-signature',
    ],
  },
  {
    id: 'A5',
    act: 'the policy is changed after the approval',
    attacks: ['policy-changed-after-approval', 'policy-swapped-under-an-approval', 'envelope-other-than-named'],
    tests: [['packages/control/src/approvals/approvals.test.ts', 'a new envelope voids what was signed']],
  },
  {
    id: 'A6',
    act: 'an approval that was used is used again',
    attacks: ['capsule-delivered-again', 'nonce-used-again', 'capsule-twice-at-once', 'both-versions-run'],
  },
  {
    id: 'A7',
    act: 'a row is edited and its hash removed',
    attacks: ['entry-changed-under-the-root', 'entry-that-is-no-leaf'],
    tests: [
      [TAMPER, 'a proof of a leaf that was changed is not given'],
      [AUDIT, 'random edits: each is found, and the row is named'],
    ],
  },
  {
    id: 'A8',
    act: 'the whole chain is written anew',
    attacks: ['record-forked-in-the-past', 'record-forked-longer'],
    tests: [[TAMPER, 'an old state that is put back']],
  },
  { id: 'A9', act: 'the newest entries are cut off', attacks: ['record-shrunk', 'record-rolled-back'] },
  {
    id: 'A10',
    act: 'everything about one act is deleted',
    attacks: ['entry-not-shown', 'proof-missing'],
    tests: [[AUDIT, 'the same in the database itself, with the triggers off']],
  },
  {
    id: 'A11',
    act: 'two auditors are shown two histories',
    attacks: ['two-sites-shown-two-histories', 'record-forked', 'record-forked-at-the-same-size'],
    tests: [['packages/client/src/commands/record.test.ts', 'FORK: a longer record with another history']],
  },
  {
    id: 'A12',
    act: 'an agent approves its own act with its own key',
    attacks: ['agent-approves', 'owner-of-the-agent-approves'],
    tests: [
      [
        'packages/control/src/http/hostile.test.ts',
        'of an agent approves, rejects, halts, suspends and installs nothing',
      ],
    ],
  },
  {
    id: 'A13',
    act: 'a runner is given something unsigned, over, or for somebody else',
    attacks: [
      'capsule-signed-by-another-key',
      'capsule-byte-flipped',
      'window-over',
      'window-not-open',
      'capsule-for-another-runner',
      'target-unknown-here',
    ],
  },
  {
    id: 'A14',
    act: 'the server forges an approval',
    attacks: [
      'approval-forged-with-another-key',
      'approval-signed-by-the-server',
      'forged-beside-a-real-one',
      'approved-on-the-console-alone',
    ],
    tests: [['packages/conformance/src/attacks/generated/forgeries.test.ts', '0 of 500 forged capsules']],
  },
  {
    id: 'A15',
    act: 'the clock is set back',
    attacks: [
      'clock-set-back-while-running',
      'clock-set-back-over-a-restart',
      'clock-set-ahead-while-running',
      'approval-from-the-future',
    ],
  },
];
