/** `z3-solver` as the judge of comparisons: the same edit, in every mode that permits something. */
import { init, Z3_lbool } from 'z3-solver';
import { cedarJsonOf, compareModes, rulesOf, type Mode, type Rule } from '@countersign/core';
import { edited, type Edit } from './edits.ts';
import { largeEnvelopeJson, readEnvelope, type EnvelopeSize } from './large-envelope.ts';
import { smtOf, type Question } from './smt.ts';

const MODES: readonly Mode[] = ['autonomous', 'reviewed', 'approved'];

async function openSolver(): Promise<(question: Question) => Promise<string>> {
  const { Z3 } = await init();
  return async (question) => {
    const context = Z3.mk_context(Z3.mk_config());
    const solver = Z3.mk_solver(context);
    Z3.solver_inc_ref(context, solver);
    // Read in one go: text given to an asynchronous call of this library can be written over before it is read.
    Z3.solver_from_string(context, solver, smtOf(question));
    const answer = await Z3.solver_check(context, solver);
    Z3.solver_dec_ref(context, solver);
    Z3.del_context(context);
    return answer === Z3_lbool.Z3_L_TRUE ? 'sat' : answer === Z3_lbool.Z3_L_FALSE ? 'unsat' : 'unknown';
  };
}

export interface SolverAgreement {
  readonly sat: number;
  readonly unsat: number;
  /** Edit and mode on which the two differ, or the solver had no answer. */
  readonly differences: readonly string[];
}

/** Each edit of the envelope of this size, ours and the solver's. */
export async function solverAgreement(size: EnvelopeSize, edits: readonly Edit[]): Promise<SolverAgreement> {
  const solve = await openSolver();
  const json = largeEnvelopeJson(size, 706);
  const before: readonly Rule[] = rulesOf(readEnvelope(json));
  const [counts, differences] = [{ sat: 0, unsat: 0 }, [] as string[]];
  for (const edit of edits) {
    const after = rulesOf(edited(json, edit));
    const found = compareModes({ before: cedarJsonOf(before), after: cedarJsonOf(after) }, { ignoreValidity: true });
    for (const mode of MODES) {
      const isWide = found.kind === 'widening' && found.examples.some((example) => example.mode === mode);
      const ours = found.kind === 'not-proved' ? found.kind : isWide ? 'sat' : 'unsat';
      const theirs = await solve({ before, after, mode, ignoreValidity: true });
      if (theirs === 'sat' || theirs === 'unsat') counts[theirs] += 1;
      if (ours !== theirs) differences.push(`${edit.name}, ${mode}: ours ${ours}, z3 ${theirs}`);
    }
  }
  return { ...counts, differences };
}
