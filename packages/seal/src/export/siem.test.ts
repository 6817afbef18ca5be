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
import { ocsfOf, OCSF_VERSION } from './ocsf.ts';
import { SIEM_FORMATS, SiemWriter } from './siem.ts';

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

/** What the schema at its snapshot asks for of these classes, as far as it is used here: names, kinds and closed lists. */
const REQUIRED = ['activity_id', 'category_uid', 'class_uid', 'metadata', 'severity_id', 'time', 'type_uid'];
const ACTIVITIES = [0, 1, 2, 3, 4, 5, 6, 99];
const STATUSES = [0, 1, 2, 3, 4, 5, 6, 99];
const SEVERITIES = [0, 1, 2, 3, 4, 5, 6, 99];

test.each(RECORD_EVENTS)('OCSF: %s has what its class requires', (event) => {
  for (const correlation of ['P-1', '']) {
    const made = read(new SiemWriter('ocsf').line(entry(event, { correlation })));
    expect(REQUIRED.filter((name) => made[name] === undefined)).toEqual([]);
    expect(made['class_uid']).toBe(correlation === '' ? 0 : 7001);
    expect(made['category_uid']).toBe(correlation === '' ? 0 : 7);
    expect(made['type_uid']).toBe(Number(made['class_uid']) * 100 + Number(made['activity_id']));
    expect(ACTIVITIES).toContain(made['activity_id']);
    expect(STATUSES).toContain(made['status_id']);
    expect(SEVERITIES).toContain(made['severity_id']);
    expect(made['command_uid']).toBe(correlation === '' ? undefined : 'P-1');
    const metadata = part(made, 'metadata');
    expect(metadata).toMatchObject({
      version: OCSF_VERSION,
      product: { name: 'Countersign' },
      profiles: ['record_integrity', 'ai_operation'],
    });
    expect(part(made, 'ai_agent')).toEqual({ name: 'playbook', uid: 'playbook' });
    expect(part(part(made, 'attestation'), 'fingerprint')).toMatchObject({
      algorithm_id: 3,
      serialization_id: 2,
      encoding_id: 1,
    });
  }
});

test('OCSF record_integrity: each event names the one before it, and a change of one breaks the next', () => {
  const writer = new SiemWriter('ocsf');
  const lines = RECORD_EVENTS.slice(0, 10).map((event, index) => read(writer.line(entry(event, {}, index))));
  expect(part(lines[0]!, 'attestation')['prev_event']).toBeUndefined();
  for (const [index, line] of lines.entries()) {
    const { fingerprint, ...attestation } = part(line, 'attestation');
    const computed = digestOf(canonicalBytes({ ...line, attestation })).slice('sha256:'.length);
    expect(fingerprint).toMatchObject({ value: computed });
    const before = lines[index - 1];
    expect(attestation['prev_event']).toEqual(before && { fingerprint: part(before, 'attestation')['fingerprint'] });
  }
});

test('OCSF: who is no agent is in no AI profile', () => {
  const made = ocsfOf(entry('approval.received', { actor: 'person:kim' }), undefined);
  expect(made['ai_agent']).toBeUndefined();
  expect(part(made, 'metadata')['profiles']).toEqual(['record_integrity']);
});

test.each([
  ['rollout.completed', 1, 4],
  ['rollout.rolled-back', 1, 3],
  ['rollout.tripped', 4, 4],
  ['rollout.rollback-failed', 2, 4],
  ['capsule.refused', 2, 99],
  ['decision.made', 99, 99],
] as const)('OCSF: %s has the status %d and the activity %d', (event, status, activity) => {
  expect(ocsfOf(entry(event), undefined)).toMatchObject({ status_id: status, activity_id: activity });
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
