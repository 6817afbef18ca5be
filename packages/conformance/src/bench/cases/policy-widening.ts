/**
 * `policy/widening-40`: whether an edit of an envelope of forty rules or more widens it, ours against Debian's z3 on the same
 * question, reading apart on both sides. Ours answers the three modes and the routes; z3 is asked the three modes.
 * `policy/widening-400`: how many of forty published edits of four hundred rules or more get a proof or an example.
 */
import {
  cedarJsonOf,
  compareModes,
  compareRead,
  readEst,
  rulesOf,
  type ReadPolicies,
  type Rule,
} from '@countersign/core';
import { edited, EDITS, type Edit } from '../../compare/edits.ts';
import {
  FORTY_RULES,
  FOUR_HUNDRED_RULES,
  largeEnvelopeJson,
  readEnvelope,
  type EnvelopeSize,
} from '../../compare/large-envelope.ts';
import { smtOf } from '../../compare/smt.ts';
import type { BenchCase, BenchContext } from '../bench-case.ts';
import { interleave } from '../measure/interleave.ts';
import { median, spreadOf } from '../measure/percentiles.ts';
import { askZ3 } from '../peers/z3.ts';
import type { Measured } from '../result.ts';

const MODES = ['autonomous', 'reviewed', 'approved'] as const;
const ROUNDS = 12;
const TEN = EDITS.filter((_, position) => position % 4 === 1);
const MIN_PROVED = 38;
const IGNORE_VALIDITY = { ignoreValidity: true } as const;

interface Version {
  readonly edit: Edit;
  readonly rules: readonly Rule[];
  readonly read: ReadPolicies;
}
interface Versions {
  readonly before: Omit<Version, 'edit'>;
  readonly after: readonly Version[];
}

function versionOf(rules: readonly Rule[]): Omit<Version, 'edit'> {
  const read = readEst(cedarJsonOf(rules), IGNORE_VALIDITY);
  if (!read.ok) throw new Error(read.refusal.detail);
  return { rules, read: read.value };
}

function versionsOf(
  size: EnvelopeSize,
  { edits, seed }: { readonly edits: readonly Edit[]; readonly seed: number },
): Versions {
  const json = largeEnvelopeJson(size, seed);
  return {
    before: versionOf(rulesOf(readEnvelope(json))),
    after: edits.map((edit) => ({ edit, ...versionOf(rulesOf(edited(json, edit))) })),
  };
}

/** Which modes an edit widens, by name; `not-proved` when there is no answer. */
function widenedModes(before: ReadPolicies, after: ReadPolicies): string {
  const found = compareRead({ before, after });
  if (found.kind === 'not-proved') return found.kind;
  const modes = found.kind === 'widening' ? found.examples.map(({ mode }) => mode) : [];
  return MODES.filter((mode) => modes.includes(mode)).join();
}

export const policyWidening40: BenchCase = {
  name: 'policy/widening-40',
  needs: ['z3'],
  async run({ seed, say, untilMs }: BenchContext): Promise<Measured> {
    const { before, after } = versionsOf(FORTY_RULES, { edits: TEN, seed });
    const answers = { ours: new Map<string, string>(), z3: new Map<string, string>() };
    const ours = async (): Promise<readonly number[]> =>
      after.map(({ edit, read }) => {
        const started = performance.now();
        const modes = widenedModes(before.read, read);
        const ms = performance.now() - started;
        answers.ours.set(edit.name, modes);
        return ms;
      });
    const peer = async (): Promise<readonly number[]> => {
      const spent: number[] = [];
      for (const { edit, rules } of after) {
        const { modes, ms } = await askEveryMode(before.rules, rules);
        answers.z3.set(edit.name, modes);
        spent.push(ms);
      }
      return spent;
    };
    const [cold] = [await ours()];
    say(`ours before it is warm: ${median(cold).toFixed(2)} ms an edit`);
    for (let round = 0; round < ROUNDS; round += 1) await ours();
    const { oursMs, peerMs, ratio } = await interleave({ rounds: ROUNDS, seed, ours, peer, untilMs });
    const differing = TEN.filter(({ name }) => answers.ours.get(name) !== answers.z3.get(name));
    return {
      n: TEN.length,
      counters: {
        rules: before.rules.length,
        measurements: oursMs.length,
        'edits answered differently': differing.length,
        'ours before it is warm, ms': median(cold),
      },
      cpu_us: {},
      wall: spreadOf(oursMs),
      peer: { 'z3 ms an edit': median(peerMs), 'z3 least ms an edit': Math.min(...peerMs) },
      ratio: { 'of z3': ratio },
      bar: {
        rules: { found: before.rules.length, atLeast: 40 },
        'edits answered differently': { found: differing.length, atMost: 0 },
        'time of z3': { found: ratio.median, atMost: 1 },
      },
    };
  },
};

async function askEveryMode(
  before: readonly Rule[],
  after: readonly Rule[],
): Promise<{ readonly modes: string; readonly ms: number }> {
  const widened: string[] = [];
  let ms = 0;
  for (const mode of MODES) {
    const { answer, decidedMs } = await askZ3(smtOf({ before, after, mode, ...IGNORE_VALIDITY }));
    if (answer === 'sat') widened.push(mode);
    ms += decidedMs;
  }
  return { modes: widened.join(), ms };
}

export const policyWidening400: BenchCase = {
  name: 'policy/widening-400',
  needs: [],
  async run({ say }: BenchContext): Promise<Measured> {
    // The published edits belong to the published envelope: the seed of the run does not change them.
    const json = largeEnvelopeJson(FOUR_HUNDRED_RULES, 706);
    const before = rulesOf(readEnvelope(json));
    const [counts, spent] = [{ 'no-widening': 0, widening: 0, 'not-proved': 0, wrong: 0 }, [] as number[]];
    for (const edit of EDITS) {
      const after = cedarJsonOf(rulesOf(edited(json, edit)));
      const started = performance.now();
      const { kind } = compareModes({ before: cedarJsonOf(before), after }, IGNORE_VALIDITY);
      spent.push(performance.now() - started);
      counts[kind] += 1;
      if (kind !== edit.kind && kind !== 'not-proved') counts.wrong += 1;
    }
    say(`${EDITS.length} edits of ${before.length} rules`);
    return {
      n: EDITS.length,
      counters: { rules: before.length, ...counts },
      cpu_us: {},
      wall: spreadOf(spent),
      peer: {},
      ratio: {},
      bar: {
        rules: { found: before.length, atLeast: 400 },
        'edits answered': { found: counts['no-widening'] + counts.widening, atLeast: MIN_PROVED },
        'wrong answers': { found: counts.wrong, atMost: 0 },
      },
    };
  },
};
