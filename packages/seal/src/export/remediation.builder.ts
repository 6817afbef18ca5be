/** Remediations of every course, with the documents and leaves they leave behind. */
import {
  approvalFor,
  approvalShape,
  evidenceStatementShape,
  plusMs,
  renderCapsule,
  validationReportShape,
  type Capsule,
  type Decision,
  type Digest,
  type RecordEvent,
  type RolloutEvent,
  type ValidationReport,
} from '@countersign/core';
import { encodeBase64 } from '../base64.ts';
import { canonicalBytes } from '../canonical.ts';
import { signCapsule, withWayBack } from '../capsule-statement.ts';
import { changeDigestOf } from '../change-digest.ts';
import { digestOf, digestOfDocument, digestWords, sha256 } from '../digest.ts';
import { payloadOf, signEnvelope, type DsseEnvelope } from '../dsse.ts';
import { disclose, sealFields } from '../evidence-tree.ts';
import { approvalLeafBody, evidenceLeafBody, validationLeafBody } from '../leaf-bodies.ts';
import { subjectOf } from '../leaf-places.ts';
import { PAYLOAD } from '../payload.ts';
import type { JsonValue } from '../strict-json.ts';
import { boundOf, decided } from './decided.builder.ts';
import type { BundleParts } from './export-format.ts';
import { type Course, envelope, good, idOf, made, MINUTE_MS, type Told, type Workshop } from './names.builder.ts';

interface Decided {
  readonly decision: Decision;
  readonly bytes: Uint8Array;
}

/** One remediation from its signal to its end. */
export class Remediation {
  readonly #estate: Workshop;
  readonly #course: Course;
  readonly #id: string;
  readonly #bound: Pick<Capsule, 'change' | 'validation' | 'rollback'>;

  readonly #told: Told;

  constructor(estate: Workshop, course: Course, id: string, told: Told = {}) {
    this.#estate = estate;
    this.#told = told;
    this.#course = course;
    this.#id = id;
    this.#bound = boundOf(id, this.#isAlone());
  }

  #begun(): BundleParts {
    const { keys, policy, graph } = this.#estate;
    const document = { type: 'signal', signal: this.#signal() };
    return {
      proposal: idOf(this.#id),
      envelopes: [policy],
      predecessors: [],
      graphs: [graph],
      signals: [signEnvelope(PAYLOAD.signal, canonicalBytes(document), [keys.relay])],
      capsules: [],
      approvals: [],
      validations: [],
      drills: [],
      progress: [],
      evidence: [],
      documents: [],
    };
  }

  parts(): BundleParts {
    const { keys } = this.#estate;
    const none = this.#begun();
    this.#write('proposal.created', {
      id: this.#id,
      ...this.#bound,
      change: { ...this.#bound.change, ...(this.#told.summary !== undefined && { summary: this.#told.summary }) },
      agent: this.#told.agent ?? 'playbook',
      signals: [`S-${this.#id}`],
      context: { model: this.#told.model ?? 'm-1', prompt: this.#told.prompt ?? 'mend it', toolCalls: [] },
    });
    if (this.#course === 'prohibited') {
      this.#decision('before-staging');
      this.#write('remediation.closed', { state: 'PROHIBITED' });
      return none;
    }
    const staging = this.#capsule('validation', this.#decision('before-staging'));
    this.#write('capsule.built', { capsule: staging.digest }, staging.digest);
    this.#write('capsule.dispatched', good(payloadOf(staging.dsse)), staging.digest);
    const isPassed = this.#course !== 'staging-failed';
    const report = this.#report(staging.digest, isPassed);
    this.#write('validation.finished', validationLeafBody(report, digestOfDocument(report)), staging.digest);
    const staged: BundleParts = {
      ...none,
      capsules: [staging.dsse],
      validations: [signEnvelope(PAYLOAD.validation, canonicalBytes(report), [keys.staging])],
      documents: [encodeBase64(this.#risk())],
    };
    if (!isPassed) {
      this.#write('remediation.closed', { state: 'VALIDATION_FAILED' });
      return staged;
    }
    const rollout = this.#capsule('rollout', this.#decision('after-staging'));
    this.#write('capsule.built', { capsule: rollout.digest }, rollout.digest);
    const built = { ...staged, capsules: [...staged.capsules, rollout.dsse] };
    if (this.#course === 'rejected') {
      this.#write('approval.rejected', { by: 'kim', capsule: rollout.digest });
      this.#write('remediation.closed', { state: 'REJECTED' });
      return built;
    }
    const approvals = this.#isAlone() ? [] : [this.#approval(rollout)];
    for (const one of approvals) {
      const signed = good(payloadOf(one));
      const approval = made(approvalShape, JSON.parse(Buffer.from(signed).toString('utf8')));
      this.#write('approval.received', approvalLeafBody(approval, digestOf(signed)));
    }
    this.#write('capsule.dispatched', good(payloadOf(rollout.dsse)), rollout.digest);
    // What its runner says of it never comes out.
    if (this.#course === 'held-inside') return { ...built, approvals };
    const progress = this.#progress(rollout.digest);
    this.#write('rollout.progressed', { capsule: rollout.digest }, rollout.digest);
    this.#write('rollout.completed', { capsule: rollout.digest }, rollout.digest);
    const evidence = this.#evidence(rollout.digest);
    const statement = good(payloadOf(evidence.statement));
    const told = made(evidenceStatementShape, JSON.parse(Buffer.from(statement).toString('utf8')));
    this.#write('evidence.received', evidenceLeafBody(told, digestOf(statement)), rollout.digest);
    this.#write('remediation.closed', { state: 'SUCCEEDED' });
    return { ...built, approvals, progress: [progress], evidence: [evidence] };
  }

  #isAlone(): boolean {
    return this.#course === 'automatic' || this.#course === 'held-inside';
  }

  #write(event: RecordEvent, body: unknown, capsule?: Digest): void {
    const subject = capsule === undefined ? `proposal:${this.#id}` : subjectOf('capsule', capsule);
    this.#estate.write(event, { correlation: this.#id, body, subject });
  }

  #signal(): object {
    const at = this.#estate.now;
    return {
      id: `S-${this.#id}`,
      source: 'scanner',
      format: 'sarif',
      rule: 'CVE-1',
      title: 'flaw',
      severity: 'high',
      status: 'firing',
      targets: ['host-1'],
      startedAt: at,
      observedAt: at,
      document: `sha256:${'0'.repeat(64)}`,
    };
  }

  /** By the envelope of the tests; a prohibited one is of an agent that it does not list. */
  #decision(stage: Decision['stage']): Decided {
    const { policy, graph } = this.#estate;
    const honest = decided({
      proposal: this.#id,
      changeDigest: changeDigestOf(this.#bound),
      action: this.#bound.change.action,
      stage,
      now: this.#estate.now,
      envelope: envelope(),
      policy: digestOf(good(payloadOf(policy))),
      graph: digestOf(good(payloadOf(graph))),
      facts: { isAgentListed: this.#course !== 'prohibited' },
    });
    const decision = this.#told.lie?.(honest) ?? honest;
    const bytes = canonicalBytes(decision);
    this.#write('decision.made', bytes);
    return { decision, bytes };
  }

  #risk(): Uint8Array {
    return canonicalBytes({ type: 'risk-assessment', proposal: this.#id });
  }

  #capsule(purpose: Capsule['purpose'], { decision, bytes }: Decided): ReturnType<typeof signCapsule> {
    const { now, policy, graph, keys } = this.#estate;
    const isRollout = purpose === 'rollout';
    const capsule = withWayBack({
      type: 'capsule',
      id: idOf(`C-${this.#id}-${isRollout ? 'r' : 'v'}`),
      version: 1,
      organisation: idOf('acme'),
      purpose,
      environment: isRollout ? 'production' : 'staging',
      audience: isRollout
        ? { enclave: idOf('prod'), runner: idOf('prod-1') }
        : { enclave: idOf('staging'), runner: idOf('staging-1') },
      notBefore: now,
      notAfter: plusMs(now, 60 * MINUTE_MS),
      nonce: '0'.repeat(32),
      isDemo: false,
      proposal: {
        id: idOf(this.#id),
        revision: 1,
        agent: idOf('playbook'),
        owner: idOf('ada'),
        title: 'Raise the pool',
        hypothesis: 'It is too small.',
        signals: [idOf(`S-${this.#id}`)],
      },
      ...this.#bound,
      changeDigest: changeDigestOf(this.#bound),
      targets: [{ id: idOf(isRollout ? 'host-1' : 'stage-1'), tier: 'non-critical', stratum: 'one' }],
      rollout: { canary: 1, window: 1, bakeMs: 0, healthTimeoutMs: 1000 },
      dependants: [],
      egress: this.#course === 'held-inside' ? 'local-only' : 'sanitized',
      decision: {
        digest: digestOf(bytes),
        verdict: decision.verdict,
        inputs: { facts: digestOfDocument(decision.facts), trust: digestOfDocument({ version: 1 }) },
      },
      envelope: { digest: digestOf(good(payloadOf(policy))), version: 1 },
      graph: { digest: digestOf(good(payloadOf(graph))), version: 1 },
      riskAssessment: digestOf(this.#risk()),
      demands: isRollout ? (decision.requirement?.demands ?? []) : [],
    });
    return signCapsule(capsule, [keys.capsules]);
  }

  #report(capsule: Digest, isPassed: boolean): ValidationReport {
    const at = this.#estate.now;
    return made(validationReportShape, {
      type: 'validation-report',
      organisation: 'acme',
      runner: 'staging-1',
      capsule,
      proposal: this.#id,
      changeDigest: changeDigestOf(this.#bound),
      spec: { id: 'web-spec', version: 1 },
      runs: [],
      isReproduced: true,
      isPassed,
      drill: { action: this.#bound.change.action, tiers: ['non-critical'], isRestored: true },
      startedAt: at,
      finishedAt: at,
    });
  }

  #approval({ capsule, digest }: ReturnType<typeof signCapsule>): DsseEnvelope {
    const { now, keys } = this.#estate;
    const approval = made(
      approvalShape,
      approvalFor(capsule, {
        capsuleDigest: digest,
        person: idOf('kim'),
        role: idOf('release-approver'),
        surface: 'cli',
        shown: digestOf(new TextEncoder().encode(renderCapsule(capsule, digest, digestWords(digest)))),
        signedAt: now,
        expiresAt: plusMs(now, 60 * MINUTE_MS),
        nonce: 'f'.repeat(32),
      }),
    );
    return signEnvelope(PAYLOAD.approval, canonicalBytes(approval), [keys.kim]);
  }

  #progress(capsule: Digest): DsseEnvelope {
    const { now: at, keys } = this.#estate;
    const target = idOf<'Target'>('host-1');
    const events: readonly RolloutEvent[] = [
      { type: 'started', at },
      { type: 'leased', at, target, lease: 1 },
      { type: 'verdict', at, target, verdict: 'success', detail: '' },
      { type: 'dependants', at, cohort: 0, verdict: 'success', detail: '' },
      { type: 'completed', at },
    ];
    const progress = { type: 'progress', organisation: 'acme', runner: 'prod-1', capsule, from: 0, events };
    return signEnvelope(PAYLOAD.progress, canonicalBytes(progress), [keys.prod]);
  }

  #evidence(capsule: Digest): BundleParts['evidence'][number] {
    const { now, keys } = this.#estate;
    const { root, leaves } = good(sealFields(this.#fields(capsule), (at) => sha256(Buffer.from(`${this.#id}${at}`))));
    const statement = made(evidenceStatementShape, {
      type: 'evidence-statement',
      organisation: 'acme',
      runner: 'prod-1',
      capsule,
      proposal: this.#id,
      root: root.digest.slice('sha256:'.length),
      fields: root.leafCount,
      outcome: 'completed',
      counts: { targets: 1, touched: 1, changed: 1, reverted: 0, unknown: 0, held: 0 },
      finishedAt: now,
    });
    const fields = disclose(leaves, (pointer) => !pointer.endsWith('/output')).map((leaf) =>
      'hash' in leaf ? leaf.hash : ([leaf.salt, leaf.pointer, leaf.value] as const),
    );
    return { statement: signEnvelope(PAYLOAD.evidence, canonicalBytes(statement), [keys.prod]), fields };
  }

  #fields(capsule: Digest): JsonValue {
    return {
      type: 'evidence',
      capsule,
      healthBefore: [{ subject: 'shop', state: 'ok' }],
      healthAfter: [{ subject: 'shop', state: 'ok' }],
      targets: [
        {
          target: 'host-1',
          outcome: 'changed',
          before: [{ path: 'etc/pool.json', digest: `sha256:${'1'.repeat(64)}` }],
          after: [{ path: 'etc/pool.json', digest: `sha256:${'2'.repeat(64)}` }],
          output: 'secret of host-1',
        },
      ],
      automatic: { correlation: `sha256:${'3'.repeat(64)}`, review: `sha256:${'4'.repeat(64)}` },
    };
  }
}
