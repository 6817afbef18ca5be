import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Capsule } from './capsule.ts';
import { digestOf, exampleCapsule, idOf, targetsNamed } from './example-capsule.test.ts';
import { renderCapsule } from './render.ts';

const page = (more: Partial<Capsule> = {}): string =>
  renderCapsule(exampleCapsule(more), digestOf('1'), 'amber basin cedar');

test('C3: the page of the example is, letter by letter, this', () => {
  expect(page()).toMatchInlineSnapshot(`
    "COUNTERSIGN CAPSULE: CHANGE IN PRODUCTION
    =========================================
    title           Raise the pool size of the web tier

    Who and why
    -----------
    organisation    acme
    proposal        P-1, revision 2
    proposed by     agent playbook; olga answers for it and may not approve
    because         The pool is too small since the last release.
    signals         S-1

    What will be done
    -----------------
    action          config.change
    summary         pool 10 to 20
    step 1          write the file etc/pool.json, whole content below
                    12 characters, checked as: json
          | {"pool":20}
    step 2          restart the service web
    afterwards      pool is 20

    Where
    -----
    targets         3: 3 non-critical
    canary          1 first, covering 1 of 1 configurations
                    web-001
    configuration   os=deb12 role=web: 3
                    non-critical: web-001 to web-003 (3)
    order           web-001 to web-003 (3)

    How fast, and what stops it
    ---------------------------
    cohorts         3 if all is well, of 1 x 3 targets
    window          at most 2 targets are changed and not yet proved healthy; the first one goes alone
    healthy         each target answers within 3000 ms after its change and shows the intended version
    between         5000 ms after each cohort all dependants are checked again
    dependants      1: shop
    stops           at the first answer that is not healthy, missing or unclear; a person has to sign
                    before it goes on

    How it is undone
    ----------------
    captured        the file etc/pool.json
    captured        which instance of web runs
    way back        put the captured before-state back and restart what was restarted
    start           starts by itself after a trip; signed with this capsule
    within          60 minutes
    data            no data is written in between

    How it is proved
    ----------------
    specification   web-spec, version 3
    reproduction    pool: /pool answers 200; fails before, passes after
    check           health: /health answers 200
    in staging on   stage-1

    Who has to approve
    ------------------
    verdict         needs-approval
      owed          2 x release-approver, each another person

    When, and by which runner
    -------------------------
    not before      2026-11-21T18:00:00.000Z
    not after       2026-11-21T20:00:00.000Z
    runner          prod-1 in enclave prod; once
    evidence        leaves the enclave as: metadata-only

    Exactly this
    ------------
    capsule         C-1, version 1
    digest          sha256:1111111111111111111111111111111111111111111111111111111111111111
    in words        amber basin cedar
    change          sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
    counter-capsule sha256:ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
    risk            sha256:eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee
    decision        sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
      from facts    sha256:2222222222222222222222222222222222222222222222222222222222222222
      under trust   sha256:3333333333333333333333333333333333333333333333333333333333333333
      after staging sha256:4444444444444444444444444444444444444444444444444444444444444444
    envelope        sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc, version 7
    graph           sha256:dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd, version 12
    nonce           0123456789abcdef0123456789abcdef
    "
  `);
});

test('C3: the page is the same every time', () => {
  expect(page()).toBe(page());
});

test('C3, T19: hostile text is spelled out, in the title, the reason, the strata and the content', () => {
  const good = exampleCapsule();
  const evil = 'a\u202Eb\u001B[31m\u200B';
  const shown = String.raw`a\u{202e}b\u{1b}[31m\u{200b}`;
  const text = page({
    proposal: { ...good.proposal, title: evil, hypothesis: evil },
    change: { ...good.change, steps: [{ adapter: 'config', path: 'a', content: `${evil}\n`, validate: 'none' }] },
    targets: targetsNamed(2, { stratum: evil }),
  });
  expect(text.split(shown)).toHaveLength(5);
  expect(text).toContain('CAUTION: 3 characters are not plain text');
  expect(text).toMatch(/^[ -~\n]*$/);
});

test('C3: nothing is cut: every target, every signal, every dependant and the whole content are on the page', () => {
  const content = Array.from({ length: 500 }, (_, n) => `line ${n} ${'x'.repeat(n % 200)}`).join('\n');
  const targets = targetsNamed(300).filter((_, n) => n % 7 !== 0);
  const text = page({
    change: { ...exampleCapsule().change, steps: [{ adapter: 'config', path: 'a', content, validate: 'none' }] },
    targets,
    dependants: Array.from({ length: 90 }, (_, n) => idOf(`service-${n}`)),
  });
  expect(text).toContain('| line 499 ');
  expect(text).toContain('service-89');
  expect(text.replaceAll(/\s+/g, ' ')).toContain('web-002 to web-007 (6), web-009 to web-014 (6)');
  expect(text.split('\n').every((line) => line.length <= 100)).toBe(true);
});

test('C3: a change of any part is a change of the page', () => {
  const good = exampleCapsule();
  const changed: readonly Partial<Capsule>[] = [
    { id: idOf('C-2') },
    { version: 2, parent: digestOf('9') },
    { organisation: idOf('other') },
    { purpose: 'validation' },
    { environment: 'staging' },
    { audience: { ...good.audience, runner: idOf('prod-2') } },
    { audience: { ...good.audience, enclave: idOf('prod-x') } },
    { notBefore: good.notAfter },
    { notAfter: good.notBefore },
    { nonce: 'f'.repeat(32) },
    { isDemo: true },
    { proposal: { ...good.proposal, revision: 3 } },
    { proposal: { ...good.proposal, owner: idOf('kim') } },
    { proposal: { ...good.proposal, agent: idOf('other') } },
    { proposal: { ...good.proposal, signals: [idOf('S-2')] } },
    { change: { ...good.change, summary: 'another' } },
    { change: { ...good.change, action: 'package.patch' } },
    { change: { ...good.change, intendedVersions: { pool: '21' } } },
    { change: { ...good.change, steps: good.change.steps.slice(0, 1) } },
    { validation: { ...good.validation, stagingTargets: [] } },
    { validation: { ...good.validation, checks: [] } },
    { rollback: { ...good.rollback, isAutomatic: false } },
    { rollback: { ...good.rollback, windowMinutes: 61 } },
    { rollback: { ...good.rollback, dataEffects: 'lost' } },
    { rollback: { ...good.rollback, kind: 'none' } },
    { changeDigest: digestOf('9') },
    { targets: targetsNamed(4) },
    { targets: targetsNamed(3).toReversed() },
    { targets: targetsNamed(3, { tier: 'production-critical' }) },
    { targets: targetsNamed(3, { stratum: 'other' }) },
    { rollout: { ...good.rollout, canary: 2 } },
    { rollout: { ...good.rollout, window: 3 } },
    { rollout: { ...good.rollout, bakeMs: 1 } },
    { rollout: { ...good.rollout, healthTimeoutMs: 1000 } },
    { dependants: [] },
    { egress: 'sanitized' },
    { decision: { ...good.decision, verdict: 'autonomous' } },
    { decision: { ...good.decision, digest: digestOf('9') } },
    { envelope: { ...good.envelope, version: 8 } },
    { graph: { ...good.graph, digest: digestOf('9') } },
    { riskAssessment: digestOf('9') },
    { demands: [] },
    { demands: [{ role: idOf('release-approver'), count: 1 }] },
  ];
  const pages = [page(), ...changed.map(page)];
  expect(new Set(pages).size).toBe(changed.length + 1);
});

test('C3: two contents that differ give two pages', () => {
  const good = exampleCapsule();
  const withContent = (content: string): string =>
    page({ change: { ...good.change, steps: [{ adapter: 'config', path: 'a', content, validate: 'none' }] } });
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 80 }), fc.string({ unit: 'binary', maxLength: 80 }), (a, b) => {
      expect(withContent(a) === withContent(b)).toBe(a === b);
    }),
    { numRuns: 60 },
  );
});

test('a demo capsule, a missing way back and lost data say so loudly', () => {
  const text = page({
    isDemo: true,
    rollback: { kind: 'none', windowMinutes: 0, dataEffects: 'lost', isAutomatic: false },
  });
  expect(text).toContain('DEMO: made with demo keys');
  expect(text).toContain('NONE: it cannot be undone');
  expect(text).toContain('DATA WRITTEN SINCE IS LOST');
});

test('A2, E1: change record and contingency plan stand on the page that people sign, and only where there is one', () => {
  const { proposal } = exampleCapsule();
  const shown = page({
    proposal: { ...proposal, changeRecord: 'CHG-4711', contingencyPlan: 'nurses use paper\ncharts' },
  });
  expect(shown).toContain('change record   CHG-4711\n');
  expect(shown).toContain('contingency     nurses use paper\\u{a}charts\n');
  expect(page()).not.toMatch(/change record|contingency/);
});
