/**
 * `cs capsule build PROPOSAL`: the capsule of a proposal from files alone, decided here as control decides (C1): for tests, for continuous
 * integration and for an air gap. Signed only with a key that the trust bundle names is it worth anything to a runner.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  graphSnapshotShape,
  indexGraph,
  parseId,
  planCapsule,
  proposalDraftShape,
  signalShape,
  trustBundleShape,
  validationReportShape,
  type AgentId,
  type Id,
  type Proposal,
  type TrustBundle,
} from '@countersign/core';
import {
  canonicalBytes,
  capsuleBytes,
  capsulePageOf,
  changeDigestOf,
  digestOf,
  digestOfDocument,
  digestWords,
  signCapsule,
  withWayBack,
} from '@countersign/seal';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { Failure, usage } from '../cli/failure.ts';
import { readDocument } from '../cli/read-document.ts';
import { safe } from '../cli/safe-text.ts';
import { activeEnvelope, decideOffline, type OfflineQuestion } from '../authoring/decide-offline.ts';
import { loadKey } from '../signing/load-key.ts';

export interface BuildOptions {
  readonly envelope: string;
  readonly graph: string;
  readonly trust: string;
  readonly agent: string;
  readonly out: string;
  readonly signal?: readonly string[];
  readonly validation?: string;
  readonly key?: string;
}

export async function capsuleBuild(context: Context, file: string, options: BuildOptions): Promise<ExitCode> {
  const { output, settings, world } = context;
  const question = questionOf(context, file, options);
  const { proposal, active, graph, trust, validation, now } = question;
  const made = decideOffline(question);
  const { decision } = made;
  if (decision.verdict === 'prohibited') {
    const complaints = decision.reasons.map(({ clause, text }) => ({ at: clause, problem: text }));
    throw new Failure(EXIT.prohibited, { code: 'prohibited', detail: 'the decision prohibits it', complaints });
  }
  const decisionBytes = canonicalBytes(decision);
  const riskBytes = canonicalBytes(made.risk);
  const planned = planCapsule({
    purpose: 'rollout',
    proposal,
    decision,
    decisionDigest: digestOf(decisionBytes),
    riskAssessment: digestOf(riskBytes),
    trust,
    envelope: { document: active.envelope, digest: active.digest },
    graph: { index: indexGraph(graph), digest: digestOfDocument(graph) },
    inputs: {
      facts: digestOfDocument(decision.facts),
      trust: digestOfDocument(trust),
      ...(validation !== undefined && decision.facts.stagingValidated && { validation: validation.capsule }),
    },
    id: idIn<'Capsule'>(`C-${world.randomHex(6)}`),
    nonce: world.randomHex(16),
    now,
  });
  if (!planned.ok) throw new Failure(EXIT.failed, planned.refusal);
  const capsule = withWayBack(planned.value);
  const payload = capsuleBytes(capsule);
  const digest = digestOf(payload);
  const sealed =
    options.key === undefined ? payload : canonicalBytes(signCapsule(capsule, [loadKey(options.key)]).dsse);
  const files = { 'capsule.json': sealed, 'decision.json': decisionBytes, 'risk-assessment.json': riskBytes };
  mkdirSync(options.out, { recursive: true });
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(options.out, name), bytes);
  writeFileSync(join(options.out, 'page.txt'), capsulePageOf({ capsule, digest }));
  const words = digestWords(digest);
  const { verdict } = decision;
  if (settings.isJson)
    output.json({ digest, words, verdict, demands: capsule.demands, signed: options.key !== undefined });
  else
    output.lines([
      `${options.key === undefined ? 'made, not signed' : 'sealed'} ${digest}`,
      `in words ${words}`,
      `verdict ${verdict}${capsule.demands.map(({ role, count }) => `, ${count} x ${safe(role)}`).join('')}`,
    ]);
  return EXIT.ok;
}

function questionOf({ world }: Context, file: string, options: BuildOptions): OfflineQuestion {
  const draft = readDocument(file, proposalDraftShape);
  const trust = readDocument(options.trust, trustBundleShape);
  const agent = agentIn(trust, options.agent);
  const now = world.now();
  const proposal: Proposal = {
    ...draft,
    id: idIn<'Proposal'>(`P-${world.randomHex(6)}`),
    organisation: trust.organisation,
    revision: 1,
    agent,
    createdAt: now,
    changeDigest: changeDigestOf(draft),
  };
  const { validation } = options;
  return {
    proposal,
    active: activeEnvelope(options.envelope, trust, now),
    graph: readDocument(options.graph, graphSnapshotShape),
    trust,
    signals: (options.signal ?? []).map((one) => readDocument(one, signalShape)),
    ...(validation !== undefined && { validation: readDocument(validation, validationReportShape) }),
    now,
  };
}

function agentIn({ agents }: TrustBundle, name: string): AgentId {
  const agent = agents.find((one) => one.id === name);
  if (agent !== undefined) return agent.id;
  throw usage(`the trust bundle names no agent \`${name}\``);
}

function idIn<Name extends string>(text: string): Id<Name> {
  const made = parseId<Name>(text);
  if (made === undefined) throw new Error(`\`${text}\` is not an id`);
  return made;
}
