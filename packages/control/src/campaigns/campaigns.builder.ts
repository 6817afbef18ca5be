/** A campaign over two proposals of one desk, up to where a test begins. */
import { instantOf, readShape, campaignApprovalShape } from '@countersign/core';
import {
  canonicalBytes,
  PAYLOAD,
  parseEnvelope,
  payloadOf,
  readCampaign,
  signEnvelope,
  type DsseEnvelope,
  type OpenedCampaign,
  type Report,
} from '@countersign/seal';
import type { Opened } from '../enclaves/enclave.builder.ts';
import {
  capsulesFor,
  control,
  draft,
  must,
  now,
  production,
  propose,
  remediations,
  report,
  staging,
  witness,
  world,
} from '../flow/desk.builder.ts';
import { shownId } from '../flow/desk.parse.ts';
import { idOf } from '../testkit/world.ts';

/** A config change of one host, up to the point where people are asked. */
export async function waiting(target: string): Promise<string> {
  const id = shownId(await must(propose(await draft('config.change', { targets: [idOf<'Target'>(target)] })), 201));
  await witness();
  const [run] = await capsulesFor('staging-1');
  if (run === undefined) throw new Error('no validation capsule');
  await must(report('staging-1', staging().validation(run, now())), 200);
  return id;
}

export const kim = (method: 'GET' | 'POST', path: string, body?: object): ReturnType<typeof control.ask> =>
  control.ask('person:kim', method, `/api/v1/campaigns${path}`, body === undefined ? {} : { body });

export interface Scene {
  readonly first: string;
  readonly second: string;
  readonly id: string;
  readonly opened: OpenedCampaign;
}

export const stagesOf = (first: string, second: string, more: object = {}): object[] => [
  { name: 'one', proposals: [first] },
  { name: 'two', proposals: [second], bakeMs: 60_000, ...more },
];

export async function scene(): Promise<Scene> {
  const [first, second] = [await waiting('web-1'), await waiting('web-2')];
  const made = await must(kim('POST', '', { title: 'everywhere', stages: stagesOf(first, second) }), 201);
  const id = String(made['id']);
  return { first, second, id, opened: await openedOf(id) };
}

async function openedOf(id: string): Promise<OpenedCampaign> {
  const shown = await must(kim('GET', `/${id}`), 200);
  const manifest = parseEnvelope(shown['manifest']);
  const payload = manifest.ok ? payloadOf(manifest.value) : manifest;
  const read = payload.ok ? readCampaign(payload.value) : payload;
  if (!read.ok) throw new Error(read.refusal.detail);
  if (shown['digest'] !== read.value.digest || shown['text'] !== read.value.page)
    throw new Error('shown another campaign');
  return read.value;
}

type Signer = 'ana' | 'sam' | 'kim' | 'omar';
export function signed(
  { opened }: Pick<Scene, 'opened'>,
  person: Signer,
  change: object = {},
  key: Signer | 'capsule' = person,
): DsseEnvelope {
  const approval = readShape(campaignApprovalShape, {
    type: 'campaign-approval',
    organisation: world.organisation,
    campaign: opened.digest,
    shown: opened.shown,
    verdict: 'approve',
    person,
    role: 'release-approver',
    surface: 'cli',
    signedAt: now(),
    expiresAt: instantOf(Date.parse(now()) + 3_600_000),
    nonce: '0'.repeat(32),
    ...change,
  });
  if (!approval.ok) throw new Error(JSON.stringify(approval.refusal));
  return signEnvelope(PAYLOAD.campaignApproval, canonicalBytes(approval.value), [world.keys[key]]);
}
export const sign = ({ id }: Pick<Scene, 'id'>, approval: DsseEnvelope): ReturnType<typeof control.ask> =>
  control.ask('person:ana', 'POST', `/api/v1/campaigns/${id}/approvals`, { body: { approval } });
export const advance = (proposal: string): ReturnType<typeof remediations.advance> =>
  remediations.advance({ organisation: world.organisation, proposal: idOf<'Proposal'>(proposal) });
export const campaignEvents = async (): Promise<readonly string[]> => {
  const rows = await control.deps.store
    .selectFrom('leaf')
    .select('event')
    .where('event', 'like', 'campaign.%')
    .orderBy('id')
    .execute();
  return rows.map(({ event }) => event);
};
export const codeOf = async (answer: ReturnType<typeof control.ask>): Promise<string> => {
  const found = await answer;
  return found.statusCode < 300 ? 'taken' : found.json<{ readonly code: string }>().code;
};

/** The first stage as it reached its enclave. */
export async function firstSent(of: Scene): Promise<Opened> {
  await must(sign(of, signed(of, 'ana')), 201);
  await advance(of.first);
  await witness();
  const [sent] = await capsulesFor('prod-1');
  if (sent === undefined) throw new Error('nothing was sent');
  return sent;
}
export const receiptFor = ({ opened }: Scene, sent: Opened, change: object = {}): Report =>
  production().receipt(sent, { campaign: opened.digest, stage: 0, at: now() }, change);
