/**
 * The page (C3): all that a capsule will do, in plain text, made from the capsule alone. Approvers sign the digest of this text
 * and the runner renders it again, so every channel shows the same. Width at most 100, ASCII only, nothing left out.
 */
import type { Digest } from '../shared/brand.ts';
import type { Capsule, DecisionInputs } from './capsule.ts';
import { field, plain } from './plain-text.ts';
import { changeLines, rollbackLines, validationLines } from './render-change.ts';
import { rolloutLines, targetLines } from './render-targets.ts';

/** `words` is the spoken form of the digest, so that two people can compare pages by voice. */
export function renderCapsule(capsule: Capsule, digest: Digest, words: string): string {
  const lines = [
    ...heading(capsule),
    ...section('Who and why', whoLines(capsule)),
    ...section('What will be done', changeLines(capsule)),
    ...section('Where', targetLines(capsule)),
    ...section('How fast, and what stops it', rolloutLines(capsule)),
    ...section('How it is undone', rollbackLines(capsule)),
    ...section('How it is proved', validationLines(capsule)),
    ...section('Who has to approve', approvalLines(capsule)),
    ...section('When, and by which runner', validityLines(capsule)),
    ...section('Exactly this', digestLines(capsule, digest, words)),
  ];
  return `${lines.join('\n')}\n`;
}

const section = (title: string, lines: readonly string[]): readonly string[] => [
  '',
  title,
  '-'.repeat(title.length),
  ...lines,
];

function heading(capsule: Capsule): readonly string[] {
  const act = capsule.purpose === 'validation' ? 'VALIDATION RUN' : 'CHANGE';
  const title = `COUNTERSIGN CAPSULE: ${act} IN ${capsule.environment.toUpperCase()}`;
  return [
    title,
    '='.repeat(title.length),
    ...(capsule.isDemo ? ['DEMO: made with demo keys; a production runner refuses it.'] : []),
    ...field('title', plain(capsule.proposal.title)),
  ];
}

function whoLines({ organisation, proposal }: Capsule): readonly string[] {
  return [
    ...field('organisation', organisation),
    ...field('proposal', `${proposal.id}, revision ${proposal.revision}`),
    ...field('proposed by', `agent ${proposal.agent}; ${proposal.owner} answers for it and may not approve`),
    ...field('because', plain(proposal.hypothesis)),
    ...field('signals', proposal.signals.join(', ')),
    ...optionalField('change record', proposal.changeRecord),
    ...optionalField('contingency', proposal.contingencyPlan),
  ];
}

/** What is signed with the act when its class asks for it (A2, E1); it stands on the page, so people sign it. */
const optionalField = (label: string, value: string | undefined): readonly string[] =>
  value === undefined ? [] : field(label, plain(value));

function approvalLines({ demands, decision }: Capsule): readonly string[] {
  const owed = demands.flatMap(({ role, count }) => field('  owed', `${count} x ${role}, each another person`));
  return [
    ...field('verdict', decision.verdict),
    ...(owed.length > 0 ? owed : field('  owed', 'nobody; the envelope lets it run alone')),
  ];
}

function validityLines(capsule: Capsule): readonly string[] {
  return [
    ...field('not before', capsule.notBefore),
    ...field('not after', capsule.notAfter),
    ...field('runner', `${capsule.audience.runner} in enclave ${capsule.audience.enclave}; once`),
    ...field('evidence', `leaves the enclave as: ${capsule.egress}`),
  ];
}

function inputLines({ facts, trust, validation }: DecisionInputs): readonly string[] {
  return [
    ...field('  from facts', facts),
    ...field('  under trust', trust),
    ...field('  after staging', validation ?? 'no run was counted'),
  ];
}

function digestLines(capsule: Capsule, digest: Digest, words: string): readonly string[] {
  return [
    ...field('capsule', `${capsule.id}, version ${capsule.version}`),
    ...field('digest', digest),
    ...field('in words', plain(words)),
    ...(capsule.parent === undefined ? [] : field('replaces', capsule.parent)),
    ...field('change', capsule.changeDigest),
    ...field('counter-capsule', capsule.counterCapsule),
    ...field('risk', capsule.riskAssessment),
    ...field('decision', capsule.decision.digest),
    ...inputLines(capsule.decision.inputs),
    ...field('envelope', `${capsule.envelope.digest}, version ${capsule.envelope.version}`),
    ...field('graph', `${capsule.graph.digest}, version ${capsule.graph.version}`),
    ...field('nonce', capsule.nonce),
  ];
}
