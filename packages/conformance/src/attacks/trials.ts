/** The two ways a trial ends: refused with exactly this code and nothing touched, or carried out to its end. */
import type { Digest, EvidenceStatement } from '@countersign/core';
import { digestOf, type AdmissionRefusal } from '@countersign/seal';
import type { Attempt, Launch, Scene, Trial } from './attack.ts';
import type { Order } from './world/order.ts';
import { bytesOf } from './world/enclave.ts';
import type { SeenReport } from './world/reports.ts';
import { status } from './world/status.ts';

/** Refused with this code, reported under this subject, without a restart on any host. */
export const refusedAs =
  (code: string, launch: Launch): Trial =>
  async (scene) => {
    const { enclave, hosts } = scene;
    const restarts = await hosts.restarts();
    const from = enclave.mark();
    const attempt = linked(scene, launch(scene));
    deliver(scene, attempt);
    const answer = await enclave.until(from, firstAnswer);
    if ('refusal' in answer) scene.refusals?.push(answer.refusal.code);
    const touched = (await hosts.restarts()) - restarts;
    return [...complaintsOnAnswer(answer, code, attempt), ...(touched === 0 ? [] : [`${touched} restarts`])];
  };

type Answer = { readonly refusal: AdmissionRefusal } | { readonly started: Digest };

/** A refusal, or the first sign that something runs. */
function firstAnswer(report: SeenReport): Answer {
  switch (report.kind) {
    case 'refusal':
      return { refusal: report.refusal };
    case 'progress':
      return { started: report.capsule };
    case 'evidence':
      return { started: report.statement.capsule };
    case 'receipt':
      return { started: report.capsule };
  }
}

function complaintsOnAnswer(answer: Answer, code: string, { subject, last }: Attempt): readonly string[] {
  if ('started' in answer) return [`it was carried out: ${answer.started}`];
  const { refusal } = answer;
  // A capsule that cannot be read has no digest of its own: the letter's stands for it.
  const subjects = [subject, digestOf(bytesOf(last))];
  return [
    ...(refusal.code === code ? [] : [`refused as ${refusal.code} (${refusal.detail}), not as ${code}`]),
    ...(subject === undefined || subjects.includes(refusal.subject) ? [] : ['the refusal names another subject']),
  ];
}

/** As the control plane would send it now; a refusal names the digest of these bytes. */
const linked = ({ enclave }: Scene, attempt: Attempt): Attempt => ({ ...attempt, last: enclave.linked(attempt.last) });

export function deliver({ enclave }: Scene, { before = [], last }: Attempt): void {
  for (const letter of before) enclave.drop(letter);
  enclave.drop(last);
}

/** Carried out to the end on every host it names, and nothing refused on the way. */
export const carriedOut =
  (launch: Launch): Trial =>
  async (scene) => {
    const { enclave, hosts } = scene;
    const restarts = await hosts.restarts();
    const from = enclave.mark();
    deliver(scene, linked(scene, launch(scene)));
    const answer = await enclave.until(from, finalAnswer, 30_000);
    if ('refusal' in answer) return [`refused as ${answer.refusal.code}: ${answer.refusal.detail}`];
    const { outcome, counts } = answer.statement;
    const touched = (await hosts.restarts()) - restarts;
    return [
      ...(outcome === 'completed' ? [] : [`it ended as ${outcome}`]),
      ...(touched === counts.targets ? [] : [`${touched} restarts for ${counts.targets} targets`]),
    ];
  };

type Final = { readonly refusal: AdmissionRefusal } | { readonly statement: EvidenceStatement };

function finalAnswer(report: SeenReport): Final | undefined {
  switch (report.kind) {
    case 'refusal':
      return { refusal: report.refusal };
    case 'progress':
    case 'receipt':
      return undefined;
    case 'evidence':
      return { statement: report.statement };
  }
}

/** An order with a fresh status before it, as an honest gateway would have brought both. */
export const attemptOf = ({ world }: Scene, made: Order): Attempt => ({
  before: [status(world)],
  last: made.delivery,
  subject: made.digest,
});
