/** A period of a real control plane as one file, its report and its events: what leaves, and that it is on record (V4, V6). */
import { instantOf, msOf, periodReport, readShape, leafShape, type PeriodReport } from '@countersign/core';
import {
  canonicalBytes,
  readStrictJson,
  timesSummary,
  verifyBundle,
  verifyExport,
  type ExportReport,
} from '@countersign/seal';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  closeDesk,
  control,
  draft,
  must,
  now,
  openDesk,
  passTime,
  propose,
  witness,
  world,
} from '../flow/desk.builder.ts';
import { dispatched, pending } from '../flow/scenes.builder.ts';
import { shownId } from '../flow/desk.parse.ts';

beforeEach(openDesk);
afterEach(closeDesk);

const PERIOD = 'from=2026-11-01T00:00:00.000Z&to=2026-12-01T00:00:00.000Z&purpose=yearly%20audit';
const exported = async (more = ''): Promise<Uint8Array> => {
  const answer = await control.ask('person:kim', 'GET', `/api/v1/export?${PERIOD}${more}`);
  expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'application/x-tar']);
  return answer.rawPayload;
};
const checked = (file: Uint8Array): ExportReport => verifyExport(file, TRUSTED());
const TRUSTED = (): { readonly root: Uint8Array } => ({ root: world.config.root });
const leavesOf = async (event: string): Promise<readonly { actor: string; body: unknown }[]> => {
  const rows = await control.deps.store
    .selectFrom('leaf')
    .select(['bytes', 'body'])
    .where('event', '=', event)
    .orderBy('id')
    .execute();
  return rows.map(({ bytes, body }) => {
    const leaf = readShape(leafShape, JSON.parse(bytes.toString('utf8')));
    if (!leaf.ok || body === null) throw new Error('not a leaf with its body');
    return { actor: leaf.value.actor, body: JSON.parse(body.toString('utf8')) as unknown };
  });
};

test('V1, V4: prohibited, pending and automatic changes are in one file that verifies offline', async () => {
  const waiting = await pending();
  const { id } = await dispatched();
  const prohibited = shownId(await must(propose(await draft('data.destroy')), 201));
  await witness();
  const { problems, content } = checked(await exported());
  expect(problems).toEqual([]);
  const told = new Map(content?.remediations.map((one) => [String(one.proposal), one]));
  expect([...told.keys()].toSorted()).toEqual([waiting, id, prohibited].toSorted());
  // The drill of this scene is a row without a report of a runner behind it, and the file says so.
  const lacking = [...told.values()].flatMap(({ proposal, missing }) => missing.map((field) => [proposal, field]));
  expect(lacking).toEqual([[id, 'drill-certificate']]);
  const states = (of: string): unknown =>
    Object.fromEntries(told.get(of)?.fields.map(({ field, state }) => [field, state]) ?? []);
  expect(states(prohibited)).toMatchObject({
    classification: 'shown',
    context: 'shown',
    action: 'shown',
    validation: 'not-reached',
  });
  expect(states(waiting)).toMatchObject({ validation: 'shown', approvals: 'not-reached' });
});

test('V1: the bundle of a prohibited change holds what it was decided from', async () => {
  const id = shownId(await must(propose(await draft('data.destroy')), 201));
  await witness();
  const answer = await control.ask('person:kim', 'GET', `/api/v1/proposals/${id}/bundle?purpose=why`);
  const report = verifyBundle(answer.rawPayload, TRUSTED());
  expect(report).toMatchObject({ ok: true, value: { missing: [], capsules: [] } });
});

test('V3: a bundle and an export name the witnessed bracket of each entry, and a server that dates back is found', async () => {
  // Each witnessing is between two entries: the later ones lie after it, by what the witness says.
  const id = await pending();
  passTime(3_600_000);
  await witness();
  passTime(3_600_000);
  const late = shownId(await must(propose(await draft('data.destroy')), 201));
  await witness();
  const answer = await control.ask('person:kim', 'GET', `/api/v1/proposals/${late}/bundle?purpose=why`);
  const bundle = verifyBundle(answer.rawPayload, TRUSTED());
  if (!bundle.ok) throw new Error(bundle.refusal.detail);
  expect(timesSummary(bundle.value.times)).toMatchObject({ half: 0, wordOnly: 0, findings: [] });
  for (const { after = '', by = '', said } of bundle.value.times) {
    expect(after).toBe(instantOf(msOf(now()) - 3_600_000));
    expect(said <= by).toBe(true);
  }
  const { content } = checked(await exported());
  const times = content?.record.times ?? [];
  expect(timesSummary(times)).toMatchObject({ wordOnly: 0, findings: [] });
  expect(timesSummary(times).bracketed).toBeGreaterThanOrEqual(bundle.value.times.length);
  expect(content?.remediations.map(({ proposal }) => String(proposal)).toSorted()).toEqual([id, late].toSorted());
  // The same server with its clock put back: its entries lie before what the witness had seen already.
  passTime(-7_200_000);
  const backdated = shownId(await must(propose(await draft('service.restart')), 201));
  passTime(7_200_000);
  await witness();
  const lied = await control.ask('person:kim', 'GET', `/api/v1/proposals/${backdated}/bundle?purpose=why`);
  const found = verifyBundle(lied.rawPayload, TRUSTED());
  expect(found.ok && timesSummary(found.value.times).findings.length).toBeGreaterThan(0);
  expect(timesSummary(checked(await exported()).content?.record.times ?? []).findings.length).toBeGreaterThan(0);
});

test('V6: the export is on record with reader, roles and purpose; without a purpose there is none', async () => {
  await pending();
  await witness();
  await exported();
  expect(await leavesOf('evidence.exported')).toMatchObject([
    { actor: 'person:kim', body: { purpose: 'yearly audit', remediations: 1 } },
  ]);
  for (const url of ['export', 'report', 'export/events'])
    expect(
      (
        await control.ask(
          'person:kim',
          'GET',
          `/api/v1/${url}?from=2026-11-01T00:00:00.000Z&to=2026-12-01T00:00:00.000Z`,
        )
      ).statusCode,
    ).toBe(400);
  for (const caller of ['agent:playbook', 'source:scanner', 'witness:one'])
    expect((await control.ask(caller, 'GET', `/api/v1/export?${PERIOD}`)).statusCode).toBe(403);
});

test('V4: the report of the server is, byte for byte, the one made from the export', async () => {
  await pending();
  await dispatched();
  await witness();
  const period = PERIOD.replace('2026-12-01', '2026-11-22');
  const answer = await control.ask('person:kim', 'GET', `/api/v1/report?${period}`);
  const file = await control.ask('person:kim', 'GET', `/api/v1/export?${period}`);
  const { content } = checked(file.rawPayload);
  const entries = (content?.record.leaves ?? []).map(({ leaf, index, body }) => {
    const json = body === undefined ? undefined : readStrictJson(body, { maxBytes: body.length });
    return { index, leaf, hasBody: body !== undefined, ...(json?.ok === true && { body: json.value }) };
  });
  const told = JSON.parse(answer.payload) as PeriodReport;
  // What the server wrote down about being asked came after the report, and is told in the next one.
  const before = entries.filter(({ leaf }) => leaf.event !== 'evidence.read' && leaf.event !== 'evidence.exported');
  const made = periodReport({ organisation: world.organisation, from: told.from, to: told.to }, before);
  expect(Buffer.from(canonicalBytes(made)).toString()).toBe(answer.payload);
  expect(told.population).toMatchObject({ remediations: 2, proposed: 2 });
});

test.each(['ocsf', 'cloudevents', 'jsonl'])('V4: events leave as %s, a line each, and never a body', async (format) => {
  await pending();
  const answer = await control.ask('person:kim', 'GET', `/api/v1/export/events?${PERIOD}&format=${format}`);
  expect(answer.headers['content-type']).toBe('application/x-ndjson');
  const lines = answer.payload
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
  expect(lines.length).toBeGreaterThan(5);
  expect(answer.payload).not.toContain('toolCalls');
});

test('a period that ends before it begins is refused', async () => {
  const backwards = PERIOD.replace('from=2026-11-01', 'from=2026-12-02');
  expect((await control.ask('person:kim', 'GET', `/api/v1/export?${backwards}`)).statusCode).toBe(400);
});

test('V3: a period that is over is exported when witnesses have seen its end, and not before', async () => {
  await pending();
  await control.settled();
  passTime(60_000);
  const over = PERIOD.replace('2026-12-01T00:00:00.000Z', now());
  expect((await control.ask('person:kim', 'GET', `/api/v1/export?${over}`)).json()).toMatchObject({
    code: 'not-witnessed',
  });
  await witness();
  expect((await control.ask('person:kim', 'GET', `/api/v1/export?${over}`)).statusCode).toBe(200);
});
