import {
  graphSnapshotShape,
  indexGraph,
  instantOf,
  parseId,
  readShape,
  type Capsule,
  type GraphIndex,
  type Id,
} from '@countersign/core';
import { capsuleBytes, digestOf, withWayBack, type ReadCapsule } from '@countersign/seal';
import { expect, test } from 'vitest';
import { fitWithin } from './fit-within.ts';
import { exampleCapsule } from './capsule.builder.ts';

const NOW = Date.UTC(2026, 10, 21, 18);
const now = instantOf(NOW);
const at = (minutes: number): Capsule['notAfter'] => instantOf(NOW + minutes * 60_000);
const node = (id: string, kind: string): object => ({
  id,
  kind,
  tier: 'non-critical',
  environment: 'production',
  owner: 'team',
});
function graphOf(...services: readonly string[]): GraphIndex {
  const read = readShape(graphSnapshotShape, {
    type: 'graph-snapshot',
    organisation: 'acme',
    version: 13,
    takenAt: now,
    nodes: ['web-1', 'web-2', 'web-3'].map((id) => node(id, 'host')).concat(services.map((id) => node(id, 'service'))),
    edges: [],
  });
  if (!read.ok) throw new Error(JSON.stringify(read.refusal));
  return indexGraph(read.value);
}
const idOf = <Of extends string>(text: string): Id<Of> => parseId<Of>(text)!;
const signed: ReadCapsule = ((capsule) => ({ capsule, digest: digestOf(capsuleBytes(capsule)) }))(
  exampleCapsule({ notBefore: at(-1), notAfter: at(120) }),
);
const fresh = (change: Partial<Capsule> = {}): Capsule =>
  withWayBack({
    ...signed.capsule,
    version: 2,
    parent: signed.digest,
    notBefore: at(9),
    notAfter: at(1449),
    ...change,
  });
const fit = (made: Capsule, graph = graphOf('shop')): Capsule =>
  fitWithin(signed, made, { graph, narrows: () => false, now });

test('D6: the new version keeps to the window, the speed and the order of what people signed', () => {
  const [one, two, three] = signed.capsule.targets as [
    Capsule['targets'][0],
    Capsule['targets'][0],
    Capsule['targets'][0],
  ];
  const fitted = fit(
    fresh({ targets: [three, one], rollout: { canary: 2, window: 3, bakeMs: 1, healthTimeoutMs: 9000 } }),
  );
  expect(fitted).toMatchObject({ notBefore: at(9), notAfter: at(120), targets: [one, three] });
  expect(fitted.rollout).toEqual({ canary: 1, window: 2, bakeMs: 5000, healthTimeoutMs: 3000 });
  expect(two.id).toBe('web-2');
});

test('X4: the fresh order wins where its canary covers more configurations', () => {
  const targets = signed.capsule.targets.map((target, n) => ({
    ...target,
    stratum: n === 2 ? 'os=deb13' : 'os=deb12',
  }));
  const made = fresh({ targets: [targets[0]!, targets[2]!], rollout: { ...signed.capsule.rollout, canary: 1 } });
  expect(fit(made).targets.map(({ id }) => id)).toEqual(['web-1', 'web-3']);
});

test('X4: a dependant that was watched stays watched as long as the estate knows it', () => {
  expect(fit(fresh({ dependants: [idOf('till')] })).dependants).toEqual(['till', 'shop']);
  expect(fit(fresh({ dependants: [idOf('till')] }), graphOf()).dependants).toEqual(['till']);
});

test.each<[string, Partial<Capsule>]>([
  ['fewer people are asked', { demands: [] }],
  ['more leaves', { egress: 'sanitized' }],
  ['another environment', { environment: 'pre-production' }],
])('D6: when %s nothing carries over, so the version is as it was made', (_name, change) => {
  const made = fresh(change);
  expect(fit(made)).toBe(made);
});

test('I5: when what people signed is nearly over, the new version has its own window', () => {
  const late = at(115);
  const made = fresh();
  expect(fitWithin(signed, made, { graph: graphOf('shop'), narrows: () => false, now: late })).toBe(made);
});
