import { readFileSync } from 'node:fs';
import {
  object,
  oneOf,
  parseId,
  readShape,
  RECORD_EVENTS,
  text,
  instantOf,
  type Digest,
  type Id,
  type RecordEvent,
  type ReportedEntry,
} from '@countersign/core';
import { expect, test } from 'vitest';
import { canonicalBytes } from '../canonical.ts';
import { digestOf } from '../digest.ts';
import { isJsonObject } from '../statement.ts';
import { readStrictJson, type JsonObject } from '../strict-json.ts';
import { ocsfComplaints as complaintsOf, type OcsfSchema } from './ocsf.builder.ts';
import { OCSF_VERSION } from './ocsf.ts';
import { SIEM_FORMATS, SiemWriter } from './siem.ts';

const SCHEMA = JSON.parse(readFileSync(new URL('fixtures/ocsf-1.9.0-dev.json', import.meta.url), 'utf8')) as OcsfSchema;
const ocsfComplaints = (event: JsonObject): readonly string[] => complaintsOf(SCHEMA, event);

const idOf = <Name extends string>(name: string): Id<Name> => parseId<Name>(name)!;
const entry = (event: RecordEvent, more: Partial<ReportedEntry['leaf']> = {}, index = 7): ReportedEntry => ({
  index,
  hasBody: true,
  body: { secret: 'canary-in-a-body' },
  leaf: {
    type: 'leaf',
    organisation: idOf('acme'),
    event,
    at: instantOf(1_700_000_000_000),
    actor: 'agent:playbook',
    subject: 'proposal:P-1',
    correlation: 'P-1',
    body: `sha256:${'a'.repeat(64)}` as Digest,
    ...more,
  },
});
const read = (line: string): JsonObject => {
  const json = readStrictJson(Buffer.from(line));
  if (!json.ok || !isJsonObject(json.value)) throw new Error(line);
  return json.value;
};
const part = (event: JsonObject, name: string): JsonObject => {
  const value = event[name];
  if (value === undefined || !isJsonObject(value)) throw new Error(name);
  return value;
};

test.each(SIEM_FORMATS)('V2: %s carries the leaf and never a body', (format) => {
  for (const event of RECORD_EVENTS) {
    const line = new SiemWriter(format).line(entry(event));
    expect(line.endsWith('\n') && !line.slice(0, -1).includes('\n')).toBe(true);
    expect(line).not.toContain('canary');
    expect(line).toContain(event);
  }
});

/** Who acts in what: an agent of a remediation, a person of one, and somebody of none. */
const ACTED = [
  ['agent:playbook', 'P-1', 6003],
  ['agent:playbook', '', 6003],
  ['person:kim', 'P-1', 7001],
  ['control', '', 0],
] as const;

test.each(RECORD_EVENTS)('OCSF: %s is a valid event of the schema at its snapshot', (event) => {
  for (const [actor, correlation, classUid] of ACTED) {
    const writer = new SiemWriter('ocsf');
    for (const index of [7, 8]) {
      const made = read(writer.line(entry(event, { actor, correlation }, index)));
      expect([event, actor, ocsfComplaints(made)]).toEqual([event, actor, []]);
      expect([made['class_uid'], made['type_uid']]).toEqual([classUid, classUid * 100 + Number(made['activity_id'])]);
      expect(made['command_uid']).toBe(classUid === 7001 ? 'P-1' : undefined);
      expect(part(made, 'metadata')).toMatchObject({
        version: OCSF_VERSION,
        profiles: classUid === 6003 ? ['ai_operation', 'record_integrity'] : ['record_integrity'],
      });
      expect(made['ai_agent']).toEqual(classUid === 6003 ? { name: 'playbook', uid: 'playbook' } : undefined);
    }
  }
});

test('OCSF: the check itself finds what is unknown, missing, of another type, in no list, or of a profile the class does not take', () => {
  expect(`${OCSF_VERSION}-dev`).toBe(SCHEMA.version);
  const made = read(new SiemWriter('ocsf').line(entry('rollout.completed', { actor: 'runner:one' })));
  const { command_uid: _, ...without } = made;
  const metadata = part(made, 'metadata');
  const wrong: readonly (readonly [JsonObject, string])[] = [
    [{ ...made, attestation: {} }, '/attestation is unknown'],
    [without, '/command_uid is missing'],
    [{ ...made, time: '2026' }, '/time is no timestamp_t'],
    [{ ...made, activity_id: 7 }, '/activity_id is in no closed list'],
    [{ ...made, attestation_list: [{ uid: 'x' }] }, '/attestation_list/0 has none of fingerprint, signatures'],
    [
      { ...made, metadata: { ...metadata, profiles: ['ai_operation'] } },
      'the class does not take the profile ai_operation',
    ],
  ];
  for (const [event, complaint] of wrong) expect(ocsfComplaints(event)).toContain(complaint);
});

/** The one attestation of an event. */
function attestationOf(event: JsonObject): JsonObject {
  const list: unknown = event['attestation_list'];
  if (!Array.isArray(list) || list.length !== 1) throw new Error('not one attestation');
  return read(JSON.stringify(list[0]));
}

test('OCSF record_integrity: each event names the one before it, and a change of one breaks the next', () => {
  const writer = new SiemWriter('ocsf');
  const lines = RECORD_EVENTS.slice(0, 10).map((event, index) => read(writer.line(entry(event, {}, index))));
  expect(attestationOf(lines[0]!)['prev_event']).toBeUndefined();
  for (const [index, line] of lines.entries()) {
    const { fingerprint, ...attestation } = attestationOf(line);
    const computed = digestOf(canonicalBytes({ ...line, attestation_list: [attestation] })).slice('sha256:'.length);
    expect(fingerprint).toMatchObject({ value: computed, algorithm_id: 3, serialization_id: 2, encoding_id: 1 });
    const before = lines[index - 1];
    expect(attestation['prev_event']).toEqual(
      before && {
        uid: part(before, 'metadata')['uid'],
        type_uid: before['type_uid'],
        fingerprint: attestationOf(before)['fingerprint'],
      },
    );
  }
});

test.each([
  ['rollout.completed', 'runner:one', 1, 4],
  ['rollout.rolled-back', 'runner:one', 1, 3],
  ['rollout.tripped', 'runner:one', 4, 4],
  ['rollout.rollback-failed', 'runner:one', 2, 4],
  ['capsule.refused', 'runner:one', 2, 99],
  ['decision.made', 'control', 99, 99],
  ['proposal.created', 'agent:playbook', 99, 1],
  ['evidence.read', 'agent:playbook', 99, 2],
  ['proposal.withdrawn', 'agent:playbook', 99, 4],
] as const)('OCSF: %s by %s has the status %d and the activity %d', (event, actor, status, activity) => {
  const made = read(new SiemWriter('ocsf').line(entry(event, { actor })));
  expect(made).toMatchObject({ status_id: status, activity_id: activity });
});

test('CloudEvents 1.0: the required attributes, and an id that is unique within its source', () => {
  const shape = object<
    Record<'specversion' | 'id' | 'source' | 'type' | 'subject' | 'time' | 'datacontenttype', string>
  >({
    specversion: oneOf('1.0'),
    id: text({ min: 1, max: 20 }),
    source: text({ min: 1, max: 200, pattern: /^\/countersign\/acme\/record$/ }),
    type: text({ min: 1, max: 200, pattern: /^dev\.countersign\.[a-z.-]+$/ }),
    subject: text({ min: 1, max: 200 }),
    time: text({ min: 24, max: 24 }),
    datacontenttype: oneOf('application/json'),
  });
  for (const event of RECORD_EVENTS) {
    const { data, ...attributes } = read(new SiemWriter('cloudevents').line(entry(event)));
    expect(readShape(shape, attributes)).toMatchObject({ ok: true });
    expect(data).toMatchObject({ event, body: `sha256:${'a'.repeat(64)}` });
  }
});
