import { expect, test } from 'vitest';
import { readShape } from '../shared/shape.ts';
import { capsuleShape, type Capsule } from '../capsule/capsule.ts';
import { WHOLE_MUTATIONS, wholeCapsule } from '../capsule/every-field.test.ts';
import { digestOf, exampleCapsule, idOf, targetsNamed } from '../capsule/example-capsule.test.ts';
import { PAGE_WIDTH } from '../capsule/plain-text.ts';
import { renderDelta } from './render-delta.ts';

const before = { capsule: exampleCapsule(), digest: digestOf('1') };
const page = (more: Partial<Capsule>): string =>
  renderDelta(
    before,
    { capsule: exampleCapsule({ version: 2, parent: digestOf('1'), ...more }), digest: digestOf('2') },
    'amber basin cedar',
  );

test('C3, D6: the page of a delta is, letter by letter, this', () => {
  const [one, two] = targetsNamed(3);
  const added = { ...targetsNamed(4)[3]!, stratum: '' };
  expect(
    page({
      targets: [one!, two!, added],
      rollout: { ...before.capsule.rollout, bakeMs: 9000 },
      riskAssessment: digestOf('9'),
      egress: 'sanitized',
    }),
  ).toMatchInlineSnapshot(`
    "COUNTERSIGN DELTA: VERSION 1 TO 2 OF C-1
    ========================================
    title           Raise the pool size of the web tier
    proposal        P-1, revision 2

    Wider than a delta may be: everybody has to sign the whole version
    ------------------------------------------------------------------
    egress              was "metadata-only"
                        now "sanitized"

    New: your signature is asked for this
    -------------------------------------
    targets             was nothing
                        now "web-004, non-critical, (not known)"

    Less than you signed: no signature is needed for this
    -----------------------------------------------------
    targets             was "web-003, non-critical, os=deb12 role=web"
                        now nothing
    rollout bakeMs      was "5000"
                        now "9000"

    Computed again, authorises nothing
    ----------------------------------
    version             was "1"
                        now "2"
    parent              was nothing
                        now "sha256:1111111111111111111111111111111111111111111111111111111111111111"
    riskAssessment      was "sha256:eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"
                        now "sha256:9999999999999999999999999999999999999999999999999999999999999999"

    Everything else is as in the version before
    -------------------------------------------
    change          sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
    targets         3, before 3

    Exactly this
    ------------
    before          sha256:1111111111111111111111111111111111111111111111111111111111111111
    now             sha256:2222222222222222222222222222222222222222222222222222222222222222
    in words        amber basin cedar
    "
  `);
});

test('D6: when nothing but the digest differs the page says so', () => {
  expect(renderDelta(before, { ...before, digest: digestOf('2') }, 'a b c')).toContain(
    'Nothing differs but the digest.',
  );
});

test('C3, T19: hostile text in a delta is spelled out, and a value that reads `nothing` is not none', () => {
  const text = page({ proposal: { ...before.capsule.proposal, title: 'a\u202Eb', changeRecord: 'nothing' } });
  expect(text).toContain(String.raw`now "a\u{202e}b"`);
  expect(text).toMatch(/proposal changeRecord\n +was nothing\n +now "nothing"/);
  expect(text).toMatch(/^[ -~\n]*$/);
});

test('C3: nothing is cut: 300 added targets are all on the page', () => {
  const text = page({ targets: targetsNamed(303) });
  for (const { id } of targetsNamed(303).slice(3)) expect(text).toContain(`"${id}, non-critical, os=deb12 role=web"`);
  expect(text.split('\n').every((line) => line.length <= PAGE_WIDTH)).toBe(true);
});

test('a demo says that it is one', () => {
  expect(page({ isDemo: true })).toContain('DEMO: made with demo keys');
});

const whole = { capsule: wholeCapsule(), digest: digestOf('1') };
const cases = WHOLE_MUTATIONS.filter(({ document }) => readShape(capsuleShape, document).ok);

test('C3, D6: every single difference gives a page of its own, whoever renders it', () => {
  const pages = new Map<string, string>();
  expect(cases.length).toBeGreaterThan(120);
  for (const { at, document } of cases) {
    // The same digest on purpose: it must not be the digest alone that makes the pages differ.
    const text = renderDelta(whole, { capsule: document as Capsule, digest: digestOf('2') }, 'a b c');
    const json = JSON.stringify(document);
    expect([at, pages.get(text) ?? json]).toEqual([at, json]);
    pages.set(text, json);
  }
});

test('D6: another audience stands under what voids, another target under what is asked', () => {
  const voids = page({ audience: { enclave: idOf('other'), runner: idOf('prod-1') } });
  expect(voids).toContain('Wider than a delta may be: everybody has to sign the whole version');
  expect(page({ targets: targetsNamed(4) })).toContain('New: your signature is asked for this');
  expect(page({ targets: targetsNamed(2) })).toContain('Less than you signed: no signature is needed for this');
});
