import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readShape } from '../shared/shape.ts';
import { capsuleShape, type Capsule } from './capsule.ts';
import { WHOLE_MUTATIONS, wholeCapsule } from './every-field.test.ts';
import { digestOf } from './example-capsule.test.ts';
import { PAGE_WIDTH } from './plain-text.ts';
import { renderCapsule } from './render.ts';

/** The digest stays the same here, so that it is not the digest that makes the page another. */
const pageOf = (capsule: Capsule): string => renderCapsule(capsule, digestOf('1'), 'amber basin cedar');
const page = pageOf(wholeCapsule());

/** Whatever has the form of a capsule; the rest is refused before there is a page. */
const cases = WHOLE_MUTATIONS.filter(({ document }) => readShape(capsuleShape, document).ok);

test.each(cases.map(({ at, document }) => [at, document] as const))(
  'C3: a change of %s is a change of the page',
  (at, document) => {
    expect([at, pageOf(document as Capsule) === page]).toEqual([at, false]);
  },
);

test('C3: no two of these capsules have the same page', () => {
  const pages = new Map<string, string>();
  for (const { at, document } of cases) {
    const text = pageOf(document as Capsule);
    expect(text.split('\n').every((line) => line.length <= PAGE_WIDTH && /^[ -~]*$/.test(line))).toBe(true);
    const json = JSON.stringify(document);
    expect([at, pages.get(text) ?? json]).toEqual([at, json]);
    pages.set(text, json);
  }
});

test('C3: the table of places is looked at, not only written down', () => {
  expect(cases.length).toBeGreaterThan(120);
});

const targets = wholeCapsule().targets;

test('C3, X4: another order, or a tier or configuration that changes hands, is another page', () => {
  const place = fc.integer({ min: 0, max: targets.length - 1 });
  const what = fc.constantFrom('order', 'tier', 'stratum');
  fc.assert(
    fc.property(place, place, what, (a, b, part) => {
      const marked = targets.map((target, n) => ({
        ...target,
        tier: n % 3 === 0 ? ('production-critical' as const) : target.tier,
      }));
      const [one, two] = [marked[a]!, marked[b]!];
      const swapped =
        part === 'order'
          ? marked.with(a, two).with(b, one)
          : marked.with(a, { ...one, [part]: two[part as 'tier'] }).with(b, { ...two, [part]: one[part as 'tier'] });
      const before = pageOf({ ...wholeCapsule(), targets: marked });
      const after = pageOf({ ...wholeCapsule(), targets: swapped });
      expect(before === after).toBe(JSON.stringify(marked) === JSON.stringify(swapped));
    }),
    { numRuns: 300 },
  );
});
