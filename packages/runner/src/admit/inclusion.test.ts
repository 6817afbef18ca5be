import { encodeBase64, generateSigner, MAX_RECORD_LINKS, type RecordLink } from '@countersign/seal';
import { describe, expect, test } from 'vitest';
import { KEYS, NOW, PEOPLE } from '../testkit/attack.ts';
import { gateOf } from '../testkit/gate.ts';
import { SmallRecord } from '../testkit/small-record.ts';
import { Admitted } from './admit.ts';
import { checkInclusion, parseSeen, viewOf, type SeenCheckpoint } from './inclusion.ts';
import type { Trust } from './trust.ts';

const SECONDS = Math.floor(Date.parse(NOW) / 1000);
const trust = ((): Trust => {
  const context = gateOf(PEOPLE);
  context.journal.close();
  if (context.trust === undefined) throw new Error('the gate of the test has no trust');
  return context.trust;
})();

/** A record with the dispatch at `at`, of `size` entries; everything else in it is named by `mark`. */
function recordOf(size: number, at: number, mark = 'a', keys = KEYS): SmallRecord {
  const record = new SmallRecord(keys);
  for (let index = 0; index < size; index += 1)
    if (index === at) record.add('capsule.dispatched', { body: PEOPLE.digest, at: NOW });
    else
      record.add('decision.made', { body: PEOPLE.digest, at: NOW, subject: `thing:${index < 3 ? 'a' : mark}${index}` });
  return record;
}
const deliveryOf = (record: SmallRecord, at: number, links: readonly RecordLink[] = [], seconds = SECONDS) => ({
  leaf: encodeBase64(record.leaves[at]?.bytes ?? new Uint8Array()),
  proof: record.proof(at, record.cosigned(seconds)),
  links,
});
const about = { capsule: PEOPLE.capsule, digest: PEOPLE.digest, trust };
/** What a runner remembers that has verified this record, as it was at its own size. */
function seenOf(record: SmallRecord, seconds = SECONDS): SeenCheckpoint {
  return { size: record.size, root: encodeBase64(record.root), timeSeconds: seconds };
}
const codeOf = (
  delivery: Parameters<typeof checkInclusion>[0],
  seen: SeenCheckpoint | undefined,
  isKnown = false,
): string => {
  const checked = checkInclusion(delivery, { ...about, seen, isKnown });
  return checked.ok ? `seen ${checked.value.seen.size}` : checked.refusal.code;
};

describe('V3: a runner that has verified a record', () => {
  test('believes the first view and remembers it as it was signed', () => {
    const delivery = deliveryOf(recordOf(5, 2), 2);
    const checked = checkInclusion(delivery, { ...about, seen: undefined });
    expect(checked).toMatchObject({ ok: true, value: { index: 2, seen: { size: 5, timeSeconds: SECONDS } } });
    expect(checked.ok && delivery.proof.endsWith(checked.value.seen.note ?? 'none')).toBe(true);
  });

  test('takes a longer record that is shown to continue it, whatever the two sizes', () => {
    for (let from = 1; from < 20; from += 1)
      for (let size = from + 1; size <= 20; size += 1) {
        const record = recordOf(size, size - 1);
        const seen = seenOf(recordOf(from, 99));
        expect([from, size, codeOf(deliveryOf(record, size - 1, [record.linkFrom(from)]), seen)]).toEqual([
          from,
          size,
          `seen ${size}`,
        ]);
      }
  });

  test('T1, T11: refuses a longer fork that the record and its witness have signed, with and without a link', () => {
    for (let from = 4; from < 20; from += 1)
      for (let size = from + 1; size <= 20; size += 1) {
        const forked = recordOf(size, size - 1, 'other');
        const seen = seenOf(recordOf(from, 99, 'a'));
        const codes = [[], [forked.linkFrom(from)], [recordOf(size, size - 1, 'a').linkFrom(from)]].map((links) =>
          codeOf(deliveryOf(forked, size - 1, links), seen),
        );
        expect([from, size, ...codes]).toEqual([from, size, 'record-unlinked', 'record-forked', 'record-forked']);
      }
  });

  test('refuses a link with any bit changed, too short, too long, of other bytes', () => {
    const record = recordOf(13, 12);
    const link = record.linkFrom(6);
    const seen = seenOf(recordOf(6, 99));
    const changed = link.hashes.flatMap((hash, place) =>
      Array.from({ length: 32 }, (_, at) => {
        const bytes = Buffer.from(hash, 'base64');
        bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
        return { from: 6, hashes: link.hashes.with(place, bytes.toString('base64')) };
      }),
    );
    expect(changed.length).toBeGreaterThan(100);
    for (const links of [
      ...changed,
      { from: 6, hashes: link.hashes.slice(1) },
      { from: 6, hashes: [...link.hashes, link.hashes[0] ?? ''] },
      { from: 6, hashes: [] },
    ])
      expect(codeOf(deliveryOf(record, 12, [links]), seen)).toBe('record-forked');
    expect(codeOf(deliveryOf(record, 12, [{ from: 6, hashes: ['*'.repeat(44)] }]), seen)).toBe('malformed');
    expect(codeOf(deliveryOf(record, 12, [link]), seen)).toBe('seen 13');
  });

  test('a delivery that was overtaken is fine where the newer one showed that it continues it', () => {
    const older = recordOf(5, 2);
    const newer = recordOf(9, 2);
    const view = viewOf(deliveryOf(newer, 2, [newer.linkFrom(5)]), { trust, seen: undefined });
    expect(codeOf(deliveryOf(older, 2), view)).toBe('seen 9');
    expect(codeOf(deliveryOf(recordOf(5, 2, 'other'), 2), view)).toBe('record-forked');
    expect(codeOf(deliveryOf(recordOf(6, 2), 2), view)).toBe('record-unlinked');
  });

  test('a smaller record that a witness signed later is a rollback, and another one of the same size a fork', () => {
    const seen = seenOf(recordOf(9, 99));
    expect(codeOf(deliveryOf(recordOf(5, 4), 4, [], SECONDS + 1), seen)).toBe('record-rolled-back');
    expect(codeOf(deliveryOf(recordOf(9, 8, 'other'), 8), seen)).toBe('record-forked');
    expect(codeOf(deliveryOf(recordOf(9, 8), 8), seenOf(recordOf(9, 8)))).toBe('seen 9');
  });

  test('X7: what was admitted before keeps its proof when the record has grown since', () => {
    expect(codeOf(deliveryOf(recordOf(5, 4), 4), seenOf(recordOf(9, 99)), true)).toBe('seen 9');
    expect(codeOf({ ...deliveryOf(recordOf(5, 4), 4), proof: '' }, undefined, true)).toBe('not-included');
  });

  test('a view is remembered whatever becomes of its capsule, and never one that nobody signed', () => {
    const record = recordOf(5, 2);
    expect(viewOf({ ...deliveryOf(record, 2) }, { trust, seen: undefined })?.size).toBe(5);
    const forged = recordOf(5, 2, 'a', { ...KEYS, witness: generateSigner('ed25519') });
    expect(viewOf(deliveryOf(forged, 2), { trust, seen: undefined })).toBeUndefined();
    expect(viewOf({ ...deliveryOf(record, 2), leaf: '*' }, { trust, seen: undefined })).toBeUndefined();
  });
});

test('V3: the view survives a restart, also one that an older version of the runner has written', () => {
  const seen = { size: 3, root: encodeBase64(new Uint8Array(32)), timeSeconds: 7 };
  expect(parseSeen(JSON.stringify(seen))).toEqual(seen);
  const full = { ...seen, note: 'x', links: [{ from: 1, hashes: [] }] };
  expect(parseSeen(JSON.stringify(full))).toEqual(full);
  const many = Array.from({ length: MAX_RECORD_LINKS + 1 }, () => ({ from: 1, hashes: [] }));
  for (const bad of [
    undefined,
    '',
    '{}',
    JSON.stringify({ ...seen, size: -1 }),
    JSON.stringify({ ...seen, links: many }),
  ])
    expect(parseSeen(bad)).toBeUndefined();
});

test('V3: in the journal the view never shrinks, in whatever order two admissions are written', () => {
  const context = gateOf(PEOPLE);
  const write = (size: number): void => {
    const value = JSON.stringify({ size, root: encodeBase64(new Uint8Array(32)), timeSeconds: 1 });
    context.journal.write([{ kind: 'latest', key: 'checkpoint', value }]);
  };
  for (const size of [9, 10, 2, 100, 99]) write(size);
  const seen = parseSeen(context.journal.latest('checkpoint'));
  const admitted = Admitted.check(PEOPLE.delivery, context);
  context.journal.close();
  expect(seen?.size).toBe(100);
  expect(!admitted.ok && admitted.refusal.code).toBe('record-rolled-back');
});
