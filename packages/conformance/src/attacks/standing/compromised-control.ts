/** What a control plane does once somebody holds all of its keys; each was first tried on the prototype of the trust layer. */
import type { Standing } from './standing.ts';

export const COMPROMISED_CONTROL: readonly Standing[] = [
  { id: 'no-approvals', act: 'it sends no approvals', attacks: ['no-approval'] },
  { id: 'approval-twice', act: 'it sends one approval twice', attacks: ['one-person-twice'] },
  { id: 'person-forged', act: 'it signs in the name of a person', attacks: ['approval-forged-with-another-key'] },
  {
    id: 'roster-by-one',
    act: 'it sends a roster with one registrar’s signature',
    attacks: ['trust-signed-by-one-registrar', 'trust-signed-by-one-registrar-twice', 'trust-signed-by-the-server'],
  },
  { id: 'roster-old', act: 'it sends an old roster', attacks: ['trust-rolled-back', 'approver-left-after-signing'] },
  {
    id: 'capsule-changed',
    act: 'it changes the capsule under the approvals',
    attacks: ['approval-of-another-capsule'],
  },
  { id: 'rejection', act: 'it sends a rejection as an approval', attacks: ['rejection-as-approval'] },
  {
    id: 'risk-other',
    act: 'it shows another risk assessment',
    attacks: ['risk-assessment-swapped', 'approval-of-another-risk'],
  },
  { id: 'signer-unknown', act: 'somebody signs whom nobody enrolled', attacks: ['person-not-on-the-roster'] },
  {
    id: 'asks-nobody',
    act: 'its capsule asks for nobody',
    attacks: ['nobody-demanded', 'verdict-changed-to-autonomous'],
  },
  { id: 'replay', act: 'it sends a capsule again', attacks: ['capsule-delivered-again'] },
  { id: 'window', act: 'it sends a capsule outside its window', attacks: ['window-over', 'window-not-open'] },
  { id: 'other-runner', act: 'it sends a capsule to another runner', attacks: ['capsule-for-another-runner'] },
  {
    id: 'facts-forged',
    act: 'it signs facts it does not know',
    attacks: [
      'capsule-signer-speaks-for-a-source',
      'staging-proof-by-the-server',
      'drill-signed-by-production',
      'graph-signed-by-another-key',
      'status-signed-by-the-server',
    ],
  },
  {
    id: 'facts-stale',
    act: 'it uses facts that were true once',
    attacks: [
      'signals-older-than-a-day',
      'staging-proof-older-than-a-month',
      'drill-older-than-a-quarter',
      'graph-stale',
      'status-six-minutes-old',
    ],
  },
  {
    id: 'withholds',
    act: 'it keeps back halts, narrower envelopes, and trust',
    attacks: [
      'everything-withheld-and-run-alone',
      'halt-withheld-then-told',
      'narrowing-withheld-then-told',
      'campaign-held-and-begun',
      'envelope-that-was-replaced-comes-back',
      'trust-withheld-then-told',
      'trust-frozen',
    ],
    open: 'what people signed goes on under the documents a runner has; the twin of the first attack shows it',
  },
  { id: 'split-views', act: 'it shows two sites two histories', attacks: ['two-sites-shown-two-histories'] },
  {
    id: 'campaigns',
    act: 'it forges receipts, turns stages round, puts strangers into a campaign',
    attacks: [
      'receipt-signed-by-the-server',
      'receipt-of-another-campaign',
      'stages-turned-round',
      'capsule-that-the-campaign-does-not-hold',
    ],
  },
  {
    id: 'carry-over',
    act: 'it widens an act behind a signature',
    attacks: ['host-added-behind-a-signature', 'window-widened-behind-a-signature', 'both-versions-run'],
  },
  {
    id: 'served-page',
    act: 'its page shows one thing and asks for another',
    attacks: ['page-shows-one-thing-and-asks-for-another', 'approved-on-the-console-alone', 'console-says-it-is-cs'],
  },
  {
    id: 'quota',
    act: 'it floods two runners under statements of its choice',
    attacks: [
      'dispatch-that-the-witness-has-not-counted',
      'dispatch-that-the-witness-has-forgotten',
      'quota-of-the-hour-used-up',
    ],
    tests: [
      ['packages/conformance/src/attacks/quota/quota.test.ts', 'within the quota of the witness over all runners'],
    ],
  },
];
