/** A word behind whatever people sign, say of signals, work, agents and holds, and what senders send. */
import { instantOf } from '@countersign/core';
import { digestOf, PAYLOAD } from '@countersign/seal';
import {
  bundlePeople,
  capsulesFor,
  control,
  draft,
  graphOf,
  must,
  now,
  policy,
  propose,
  report,
  staging,
  witness,
  world,
} from '../flow/desk.builder.ts';
import { shownId } from '../flow/desk.parse.ts';
import { sarif } from '../findings/finding.builder.ts';
import { idOf, NOON_MS, sign } from '../testkit/world.ts';
import { canary } from './canaries.builder.ts';
import { proposed, signalled } from './planted.builder.ts';
import { documentIn, graphIn } from './planted.parse.ts';

/** Why people reject; no code of a refusal. */
const WEAK = 'evidence';

async function say(by: string | undefined, url: string, body: object): Promise<void> {
  const answer = await control.ask(by, 'POST', `/api/v1${url}`, { body });
  if (answer.statusCode >= 300) throw new Error(`${url}: ${answer.body}`);
}
/** What is signed: names of people, owners and labels of the estate, the reason of the envelope. Omar audits. */
export async function signed(): Promise<void> {
  const people = bundlePeople(world.bundle()).map((person) => ({
    ...person,
    name: canary('person'),
    roles: person.id === 'omar' ? [...person.roles, idOf<'Role'>('auditor')] : person.roles,
  }));
  await say('person:kim', '/trust', { trust: world.bundle({ version: 2, people }) });
  const graph = graphIn(graphOf());
  const nodes = graph.nodes.map((node) => ({ ...node, owner: canary('estate'), labels: { os: canary('estate') } }));
  await say('person:kim', '/graph', { graph: world.graph({ ...graph, version: 2, nodes }) });
  const supersedes = digestOf(Buffer.from(policy(1).payload, 'base64'));
  const envelope = { ...documentIn(policy(1)), version: 2, supersedes, reason: canary('envelope') };
  await say('person:kim', '/envelope', { envelope: world.envelope(envelope) });
}

/** What people say and senders send. */
export async function spoken(): Promise<void> {
  await say('person:sam', `/signals/${await signalled()}/label`, { label: 'false', rationale: canary('label') });
  const rejected = await proposed('etc/rejected.conf', 'web-2');
  await witness();
  const [run] = await capsulesFor('staging-1');
  if (run === undefined) throw new Error('no validation capsule');
  await must(report('staging-1', staging().validation(run, now())), 200);
  await say('person:ana', `/proposals/${rejected}/reject`, { code: WEAK, rationale: canary('rejection') });
  await say('person:omar', '/holds', { name: 'case-7', proposals: [rejected], reason: canary('hold') });
  await control.ask('person:kim', 'GET', `/api/v1/proposals/${rejected}/bundle?purpose=${canary('purpose')}`);
  await say(undefined, '/signals/alertmanager', strange());
  await say('source:scanner', '/signals/sarif', sarif(['CVE-1 web-1'], { message: { text: canary('finding') } }));
  await say('person:kim', '/benign-schedules', benign());
  await say('person:omar', '/specs', spec());
  await say('person:omar', '/audits/findings', { document: sign(PAYLOAD.auditFinding, finding(), [world.keys.omar]) });
  const byHand = shownId(await must(propose(await draft('data.destroy')), 201));
  await say('person:sam', `/manual-work/${byHand}/done`, { note: canary('note') });
  await say('person:sam', '/agents/playbook/suspend', { reason: canary('restraint') });
}

const strange = (): object => ({
  version: '4',
  alerts: [
    {
      status: 'firing',
      labels: { alertname: 'Strange', severity: 'critical', target: 'web-1' },
      annotations: { summary: canary('stranger') },
      startsAt: now(),
    },
  ],
});

const benign = (): object => ({
  id: 'nightly',
  cron: '0 2 * * *',
  utcOffsetMinutes: 0,
  durationMinutes: 60,
  rule: 'Nightly',
  reason: canary('benign'),
  owner: 'omar',
  expiresAt: '2026-12-21T12:00:00.000Z',
});

const spec = (): object => ({
  type: 'validation-spec',
  id: 'web',
  version: 1,
  module: 'shop',
  owner: 'omar',
  checks: [{ id: 'health', what: canary('spec') }],
  fixtures: [canary('spec')],
  dataBoundary: 'synthetic',
  actionClasses: ['service.restart'],
});

const finding = (): object => ({
  type: 'audit-finding',
  organisation: world.organisation,
  id: 'F-1',
  envelope: digestOf(Buffer.from('x')),
  auditor: 'omar',
  title: canary('audit'),
  text: canary('audit'),
  owner: 'kim',
  dueAt: instantOf(NOON_MS + 3_600_000),
  signedAt: instantOf(NOON_MS),
});
