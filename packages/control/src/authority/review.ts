/** What whoever signs a draft has to know (E4, E5), on one page: faults, tests, what is newly permitted, the past, the people. */
import {
  checkEnvelope,
  classRecords,
  compileEnvelope,
  draftExpansions,
  ok,
  refuse,
  rosterProblems,
  runEnvelopeTests,
  wideningLines,
  wideningOf,
  type Result,
} from '@countersign/core';
import { readPolicy } from '@countersign/seal';
import type { Deps } from '../deps.ts';
import { json, type Answer, type OwnExchange } from '../http/index.ts';
import { ownOracle } from '../trust/own-oracle.ts';
import { peopleWhoSigned } from '../trust/signers.ts';
import { versionsBelow } from '../trust/versions.ts';
import { draftOf, noDraft } from './drafts.ts';
import { overdueFindings } from './findings.ts';
import { loadOutcomes } from './outcomes.ts';
import { replayPast } from './replay-past.ts';
import { testsOf } from './suites.ts';

export async function reviewDraft(deps: Deps, exchange: OwnExchange<undefined, undefined>): Promise<Result<Answer>> {
  const { organisation } = exchange.principal;
  const { store, trust: trusted } = deps;
  const trust = await trusted.bundle(organisation);
  if (trust === undefined) return refuse('no-trust', 'no trust bundle names the policy administrators');
  const draft = await draftOf(deps, organisation, exchange.params['version'] ?? '');
  if (draft === undefined) return noDraft;
  const { envelope, digest, dsse, author, state } = draft;
  const [newest] = await versionsBelow(store, organisation, { below: 1_000_000_000, limit: 1 });
  const read = newest?.state === 'active' ? readPolicy(newest.dsse) : undefined;
  const active = read?.ok === true ? read.value.envelope : undefined;
  const compiled = compileEnvelope(envelope);
  const { floor, people } = trust.bundle;
  const cases = await testsOf(store, organisation);
  const setting = { envelope, envelopeDigest: digest, floor, oracle: ownOracle(compiled) };
  const results = cases.length === 0 ? [] : runEnvelopeTests({ type: 'envelope-tests', cases }, setting);
  const report = active === undefined ? undefined : wideningOf(active, envelope);
  const records =
    active === undefined
      ? []
      : classRecords(await loadOutcomes(store, organisation, active, exchange.now), active.contraction, exchange.now);
  const isWidening = report?.isWidening ?? true;
  return ok(
    json({
      version: draft.version,
      digest,
      author,
      state,
      document: envelope,
      envelope: dsse,
      // The draft replaces what was newest when it was written.
      isStale: envelope.supersedes !== newest?.digest,
      signers: peopleWhoSigned(dsse, people).map(({ id }) => id),
      owed: isWidening ? 'two policy admins, neither its author nor its owner' : 'one policy admin',
      faults: checkEnvelope(envelope),
      tests: {
        passed: results.filter(({ isPassed }) => isPassed).length,
        failed: results.filter(({ isPassed }) => !isPassed).map(({ name, problems }) => ({ name, problems })),
      },
      against: active === undefined ? null : { version: active.version, digest: newest?.digest ?? '' },
      isWidening,
      isNotProved: report?.isNotProved ?? false,
      widening:
        report === undefined ? ['nothing is in force, so everything is newly permitted'] : wideningLines(report),
      examples: report?.semantic.examples ?? [],
      outside: report?.outside ?? [],
      covers: report?.covers ?? [],
      doesNotCover: report?.doesNotCover ?? [],
      replay: await replayPast(store, organisation, { draft: compiled, draftDigest: digest, active, floor }),
      roster: rosterProblems(envelope, people),
      overdueFindings: await overdueFindings(store, organisation, exchange.now),
      // Suggestions only: what good records would allow, for people to write and sign (E6).
      expansions: active === undefined ? [] : draftExpansions(active, records),
    }),
  );
}
