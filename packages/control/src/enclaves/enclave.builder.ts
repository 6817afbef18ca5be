/** An enclave as tests need one: verifies nothing, acts on nothing, signs what a runner would have signed. */
import {
  parseId,
  planOf,
  type Capsule,
  type Digest,
  type EvidenceStatement,
  type Instant,
  type RolloutEvent,
  type ValidationReport,
} from '@countersign/core';
import {
  canonicalBytes,
  PAYLOAD,
  payloadOf,
  readCapsule,
  sealFields,
  signEnvelope,
  type CapsuleDelivery,
  type EvidenceRoot,
  type Report,
  type SignerKey,
} from '@countersign/seal';

export interface Opened {
  readonly capsule: Capsule;
  readonly digest: Digest;
}

/** Of a runner each field has its own; here two documents of the same fields are to be the same. */
export const sameSalt = (): Uint8Array => new Uint8Array(16).fill(7);

interface ToldEvidence {
  readonly root: EvidenceRoot;
  readonly fields: Extract<Report, { readonly kind: 'evidence' }>['fields'];
  readonly outcome?: EvidenceStatement['outcome'];
  readonly counts?: Partial<EvidenceStatement['counts']>;
}

export function openDelivery(delivery: Pick<CapsuleDelivery, 'capsule'>): Opened {
  const payload = payloadOf(delivery.capsule);
  if (!payload.ok) throw new Error('not a payload');
  const capsule = readCapsule(payload.value);
  if (!capsule.ok) throw new Error(capsule.refusal.detail);
  return capsule.value;
}

export class FakeRunner {
  readonly #key: SignerKey;

  constructor(key: SignerKey) {
    this.#key = key;
  }

  #sign(type: string, document: object): ReturnType<typeof signEnvelope> {
    return signEnvelope(type, canonicalBytes(document), [this.#key]);
  }

  validation({ capsule, digest }: Opened, at: Instant, change: Partial<ValidationReport> = {}): Report {
    const { organisation, audience, proposal, changeDigest, validation } = capsule;
    const check = validation.reproduction?.id ?? validation.checks[0]?.id;
    const runs = (['before', 'after'] as const).flatMap((phase) =>
      capsule.targets.flatMap((target) => {
        const id = parseId<'Run'>(`run-${phase}-${target.id}`);
        const result = phase === 'before' ? 'failed' : 'passed';
        return id === undefined || check === undefined
          ? []
          : [{ id, check, target: target.id, phase, result, detail: '', at } as const];
      }),
    );
    const report: ValidationReport = {
      type: 'validation-report',
      organisation,
      runner: audience.runner,
      capsule: digest,
      proposal: proposal.id,
      changeDigest,
      spec: validation.spec,
      runs,
      isReproduced: true,
      isPassed: true,
      startedAt: at,
      finishedAt: at,
      ...change,
    };
    return { kind: 'validation', validation: this.#sign(PAYLOAD.validation, report) };
  }

  progress({ capsule, digest }: Opened, from: number, events: readonly RolloutEvent[]): Report {
    const { organisation, audience } = capsule;
    const progress = { type: 'progress', organisation, runner: audience.runner, capsule: digest, from, events };
    return { kind: 'progress', progress: this.#sign(PAYLOAD.progress, progress) };
  }

  /** Of a capsule of a campaign that ended well. */
  receipt(
    { capsule, digest }: Opened,
    about: { readonly campaign: string; readonly stage: number; readonly at: Instant },
    change: object = {},
  ): Report {
    const { organisation, audience } = capsule;
    const targets = capsule.targets.length;
    const receipt = {
      type: 'receipt',
      organisation,
      ...audience,
      campaign: about.campaign,
      capsule: digest,
      stage: about.stage,
      outcome: 'completed',
      trips: 0,
      counts: { targets, touched: targets, changed: targets, reverted: 0, unknown: 0, held: 0 },
      startedAt: about.at,
      finishedAt: about.at,
      evidence: digest,
      ...change,
    };
    return { kind: 'receipt', receipt: this.#sign(PAYLOAD.receipt, receipt) };
  }

  refusal({ capsule, digest }: Opened, at: Instant, code: string = 'status-stale', change: object = {}): Report {
    const { organisation, audience } = capsule;
    const refusal = {
      type: 'refusal',
      organisation,
      runner: audience.runner,
      subject: digest,
      code,
      detail: 'refused',
      at,
      ...change,
    };
    return { kind: 'refusal', refusal: this.#sign(PAYLOAD.refusal, refusal) };
  }

  evidence(
    opened: Opened,
    at: Instant,
    outcome: EvidenceStatement['outcome'],
    counts: Partial<EvidenceStatement['counts']> = {},
  ): Report {
    const sealed = sealFields({ type: 'evidence', outcome, capsule: opened.digest }, sameSalt);
    if (!sealed.ok) throw new Error(sealed.refusal.detail);
    const { root, leaves } = sealed.value;
    const fields = leaves.map(({ salt: salted, pointer, value }) => [salted, pointer, value] as const);
    return this.evidenceOf(opened, at, { root, fields, outcome, counts });
  }

  /** Of fields that were sealed elsewhere. */
  evidenceOf({ capsule, digest }: Opened, at: Instant, told: ToldEvidence): Report {
    const { organisation, audience, proposal, targets } = capsule;
    const { root, fields, outcome = 'completed', counts = {} } = told;
    const statement: EvidenceStatement = {
      type: 'evidence-statement',
      organisation,
      runner: audience.runner,
      capsule: digest,
      proposal: proposal.id,
      root: root.digest.slice('sha256:'.length),
      fields: root.leafCount,
      outcome,
      counts: {
        targets: targets.length,
        touched: targets.length,
        changed: targets.length,
        reverted: 0,
        unknown: 0,
        held: 0,
        ...counts,
      },
      finishedAt: at,
    };
    return { kind: 'evidence', evidence: this.#sign(PAYLOAD.evidence, statement), fields };
  }
}

/** The events of a rollout in which everything goes well. */
export function goodEvents(capsule: Capsule, at: Instant): readonly RolloutEvent[] {
  const { targets, canary, window } = planOf(capsule);
  const events: RolloutEvent[] = [{ type: 'started', at }];
  let lease = 0;
  for (let cohort = 0, size = canary, from = 0; from < targets.length; cohort += 1) {
    const now = targets.slice(from, from + size);
    for (let place = 0; place < now.length; place += window)
      for (const step of ['leased', 'verdict'] as const)
        for (const target of now.slice(place, place + window)) {
          if (step === 'leased') events.push({ type: 'leased', at, target, lease: (lease += 1) });
          else events.push({ type: 'verdict', at, target, verdict: 'success', detail: 'ok' });
        }
    events.push({ type: 'dependants', at, cohort, verdict: 'success', detail: 'ok' });
    from += now.length;
    size = Math.max(1, Math.min(from, window));
  }
  return [...events, { type: 'completed', at }];
}
