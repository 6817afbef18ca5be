/** Every field of a whole capsule, each changed by itself: whatever is on no page and in no comparison would be signed unseen (C3). */
import { expect, test } from 'vitest';
import type { Capsule } from './capsule.ts';
import { digestOf, exampleCapsule, idOf, targetsNamed } from './example-capsule.test.ts';

/** With every optional field, so that each place of the document is there to be changed. */
export const wholeCapsule = (): Capsule => {
  const example = exampleCapsule();
  return exampleCapsule({
    version: 2,
    parent: digestOf('7'),
    proposal: {
      ...example.proposal,
      signals: [idOf('S-1'), idOf('S-2')],
      changeRecord: 'CHG-4711',
      contingencyPlan: 'paper',
    },
    change: { ...example.change, intendedVersions: { pool: '20', web: '3' } },
    targets: targetsNamed(12).map((target, n) => ({ ...target, stratum: n % 2 === 0 ? 'os=deb12' : 'os=deb13' })),
    rollout: { canary: 4, window: 3, bakeMs: 5000, healthTimeoutMs: 3000 },
    dependants: [idOf('shop'), idOf('till')],
    demands: [
      { role: idOf('release-approver'), count: 2 },
      { role: idOf('service-owner'), count: 1 },
    ],
  });
};

export interface Mutation {
  /** JSON pointer. */
  readonly at: string;
  readonly document: unknown;
}

const ORDER: Readonly<Record<string, string>> = {
  production: 'staging',
  rollout: 'validation',
  'needs-approval': 'autonomous',
  'metadata-only': 'sanitized',
  restore: 'none',
  none: 'lost',
  json: 'none',
  config: 'config2',
  'non-critical': 'production-critical',
  'config.change': 'package.patch',
};

function other(value: unknown): unknown {
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'boolean') return !value;
  const text = String(value);
  if (text.startsWith('sha256:')) return digestOf('8');
  if (/^\d{4}-/.test(text)) return text.replace('2026', '2027');
  if (/^[0-9a-f]{32}$/.test(text)) return 'e'.repeat(32);
  return ORDER[text] ?? `${text}x`;
}

/** Each value changed, each list entry and each optional field left out, each list the other way round. */
export function mutations(value: unknown, at = ''): readonly Mutation[] {
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    const inside = items.flatMap((item, index) =>
      mutations(item, `${at}/${index}`).map((one) => ({ at: one.at, document: items.with(index, one.document) })),
    );
    const without = items.map((_, index) => ({ at: `${at}/${index} left out`, document: items.toSpliced(index, 1) }));
    const turned = items.length > 1 ? [{ at: `${at} turned round`, document: items.toReversed() }] : [];
    return [...inside, ...without, ...turned];
  }
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([name, inner]) => [
      ...mutations(inner, `${at}/${name}`).map((one) => ({ at: one.at, document: { ...value, [name]: one.document } })),
      ...(['parent', 'changeRecord', 'contingencyPlan', 'reproduction', 'validation'].includes(name) && at !== ''
        ? [
            {
              at: `${at}/${name} left out`,
              document: Object.fromEntries(Object.entries(value).filter(([n]) => n !== name)),
            },
          ]
        : []),
    ]);
  return [{ at, document: other(value) }];
}

export const WHOLE_MUTATIONS: readonly Mutation[] = mutations(wholeCapsule());

test('C3: the table has a vector for every place of a capsule', () => {
  const names = new Set(WHOLE_MUTATIONS.map(({ at }) => at.split('/')[1]?.split(' ')[0]));
  expect(names).toEqual(new Set(Object.keys(wholeCapsule())));
  expect(WHOLE_MUTATIONS.length).toBeGreaterThan(130);
});
