import { checkPolicies } from '@countersign/seal';
import { envelopeShape, readShape } from '@countersign/core';
import { expect, test } from 'vitest';
import { compiled, faults, FIRST_ADDED, withLines, WRITTEN } from './authoring.builder.ts';
import { compileEnvelopeFile } from './compile.ts';

const changed = (from: string, to: string): string => {
  expect(WRITTEN).toContain(from);
  return WRITTEN.replace(from, to);
};
const lineOf = (part: string): number => WRITTEN.slice(0, WRITTEN.indexOf(part)).split('\n').length;

test('E1: YAML becomes an envelope of its own shape, with the digest of its own rules', async () => {
  const envelope = await compiled(WRITTEN);
  expect(readShape(envelopeShape, JSON.parse(JSON.stringify(envelope))).ok).toBe(true);
  expect(checkPolicies(envelope).ok).toBe(true);
  expect(envelope).toMatchObject({
    maxGraphAgeMinutes: 60,
    rollout: { bakeMs: 600_000, healthTimeoutMs: 60_000 },
    tzdata: process.versions['tz'],
  });
  expect(envelope.grants[0]).toMatchObject({ rollbackWindowMinutes: 120, maxDrillAgeDays: 60, targetKinds: [] });
  expect(envelope.routes[0]?.demands).toEqual([{ role: 'release-approver', count: 1 }]);
  expect(envelope.calendars[0]?.weekly).toEqual([{ days: [1, 2, 3, 4, 5, 6, 7], from: 1320, to: 300 }]);
});

test('E1: the same file compiles to the same envelope', async () => {
  expect(await compiled(WRITTEN)).toEqual(await compiled(WRITTEN));
});

test('E1: Cedar text and JSON come along, one policy a rule', async () => {
  const answer = await compileEnvelopeFile(WRITTEN);
  if (!answer.ok) throw new Error('not compiled');
  expect(Object.keys(answer.value.cedar.policies).toSorted()).toEqual(Object.keys(answer.value.json.staticPolicies));
});

test('E1: whatever was left out is listed, with the value it has', async () => {
  const answer = await compileEnvelopeFile(WRITTEN);
  if (!answer.ok) throw new Error('not compiled');
  const left = answer.value.findings.filter(({ severity }) => severity === 'info').map(({ at }) => at);
  expect(left).toEqual(expect.arrayContaining(['/confidence', '/limits', '/dryRun', '/egress', '/grants/0']));
  expect(answer.value.envelope.egress.production).toBe('local-only');
  expect(answer.value.envelope.dryRun.demands).toEqual([{ role: 'release-approver', count: 1 }]);
});

test('L6: a file that names no phase only observes, and a grant that does not say it is on is off', async () => {
  const envelope = await compiled(
    changed('phase: bounded-autonomy # the third stage\n', '').replace('    isEnabled: true\n', ''),
  );
  expect(envelope.phase).toBe('observe-only');
  expect(envelope.grants[0]?.isEnabled).toBe(false);
});

test.each([
  ['version: 1', 'version: 0', '/version', 'must be an integer from 1', ''],
  ['version: 1', 'version: 9007199254740993', '/version', 'beyond 2^53-1', ''],
  ['maxGraphAge: 60m', 'maxGraphAge: an hour', '/maxGraphAge', 'is no duration', 'whole number with'],
  ['agents: [playbook]', 'agents: [play book]', '/agents/0', 'must be an id', ''],
  ['phase: bounded', 'phase: bonded', '/phase', 'must be one of', 'did you mean `bounded-autonomy`?'],
  [
    'actions: [service.restart, ',
    'actions: [service.restrat, ',
    '/grants/0/actions/0',
    'must be one of',
    'did you mean `service.restart`?',
  ],
  [
    'tiers: [non-critical]',
    'tiers: [non-critcal]',
    '/grants/0/tiers/0',
    'must be one of',
    'did you mean `non-critical`?',
  ],
  ['zone: Europe/London', 'zone: Europe/Londn', '/calendars/night/zone', 'is no IANA time zone', ''],
  ['daily 22:00-05:00', 'sometimes', '/calendars/night/weekly/0', 'is not understood', 'mon-fri'],
  ['severities:', 'severitys:', '/severitys', 'is not a known field', 'did you mean `severities`?'],
  ['rollbackWindow: 2h', 'rollbackWindow: 2 hours', '/grants/0/rollbackWindow', 'is no duration', ''],
  ['validUntil: "2027-01-15"', 'validUntil: "2027-02-30"', '/validUntil', 'is no date', ''],
  ['validUntil: "2027-01-15"', 'validUntil: "2027-03-15"', '/validUntil', '92 days', ''],
  ['tiers: [non-critical]', 'tiers: [safety-critical]', '/grants/0/tiers', 'never autonomous', ''],
  ['ask: { release-approver: 1 }', 'ask: { release-approver: 0 }', '/routes/0/ask/release-approver', 'from 1 to 9', ''],
])('bad input: %s as %s is found at its line and column', async (...[from, to, at, problem, advice]) => {
  const found = await faults(changed(from, to));
  const line = lineOf(from.trimStart());
  const matching = found.find((fault) => fault.startsWith(`${line}:`) && fault.includes(` ${at} `));
  expect(matching).toContain(problem);
  expect(matching).toContain(advice);
});

test('bad input: a calendar nobody defined, with the name that is near', async () => {
  const found = await faults(withLines('humanOnly:', '  - { id: h, clause: c, calendars: [nigth] }'));
  expect(found).toEqual([
    `${FIRST_ADDED + 1}:37 /humanOnly/0/calendars/0 is not a calendar of this envelope; did you mean \`night\`?`,
  ]);
});

test('bad input: every fault at once, top of the file first', async () => {
  const found = await faults(
    changed('version: 1', 'version: x').replace('CAB-7', '""').replace('canary: 1', 'canary: 0'),
  );
  expect(found.map((fault) => Number(fault.split(':')[0]))).toEqual([
    lineOf('version'),
    lineOf('ticket'),
    lineOf('rollout'),
  ]);
});

test.each([['- a\n'], ['just text\n'], ['']])('bad input: %j is no envelope', async (text) => {
  expect((await faults(text))[0]).toMatch(/^1:1 {2}must be an object/);
});

test('packs: an unknown one is named, and what a pack brings is placed at its include', async () => {
  expect(await faults(withLines('packs: [finnance]'))).toEqual([
    `${FIRST_ADDED}:9 /packs/0 is no pack; did you mean \`finance\`?`,
  ]);
  const clash = await faults(
    withLines('humanOnly:', '  - { id: finance-market-hours, clause: c, zones: [x] }', 'packs: [finance]'),
  );
  expect(clash[0]).toMatch(new RegExp(`^${FIRST_ADDED + 2}:9 .*\\(from pack finance\\)`));
});

test("packs: a calendar of the file replaces the pack's", async () => {
  const own = WRITTEN.replace(
    'calendars:\n',
    'calendars:\n  market-hours: { zone: UTC, weekly: ["mon 09:00-10:00"] }\n',
  );
  const envelope = await compiled(`${own}packs: [finance]\n`);
  expect(envelope.calendars.filter(({ name }) => name === 'market-hours').map(({ zone }) => zone)).toEqual(['UTC']);
});

const days = async (lines: readonly string[]): Promise<number> =>
  (await compiled(withLines(...lines))).retentionDays.production;

test('packs: evidence is kept as long as the longest asks for', async () => {
  expect(await days(['packs: [finance, ot]'])).toBe(3650);
  expect(await days(['packs: [finance]', 'retention: { production: 100d }'])).toBe(2555);
  expect(await days(['retention: { production: 100d }'])).toBe(100);
});
