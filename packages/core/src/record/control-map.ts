/**
 * Which control of which framework is served by what (V5), as data: requirements of the product, what of the evidence shows it, and the
 * events of the record that are counted for it in a period. A mapping is our reading, not a certificate; a clause whose wording nobody
 * here held against its own text is marked so wherever it is printed.
 */
import type { BundleField } from '../evidence/bundle-fields.ts';
import type { RecordEvent } from './leaf.ts';

export interface Control {
  readonly framework: string;
  readonly clause: string;
  /** What it asks for, in our words. */
  readonly asks: string;
  /** Ids of our requirements. */
  readonly requirements: readonly string[];
  /** Fields of a bundle an auditor looks at. */
  readonly evidence: readonly BundleField[];
  readonly events: readonly RecordEvent[];
  /** Whether clause and wording were held against the framework's own text. */
  readonly isChecked: boolean;
  /** The edition it was held against: in public copies of its wording that agree, not in the publisher's own file. */
  readonly checkedAgainst?: string;
}

export const CONTROLS: readonly Control[] = [
  {
    framework: 'EU AI Act (2024/1689)',
    clause: 'Article 14',
    asks: 'people oversee the system while it is used, and can refuse, override and stop it',
    requirements: ['A1', 'A2', 'A3', 'X5'],
    evidence: ['approvals', 'classification'],
    events: ['approval.received', 'approval.rejected', 'halt.requested', 'rollout.halted', 'resume.requested'],
    isChecked: true,
    checkedAgainst: 'Regulation (EU) 2024/1689, Article 14(1) to (4)',
  },
  {
    framework: 'EU AI Act (2024/1689)',
    clause: 'Article 9',
    asks: 'a risk management system over the whole life of the system',
    requirements: ['D1', 'D4', 'E6', 'E7', 'L7'],
    evidence: ['classification', 'dependency-analysis', 'prediction'],
    events: [
      'decision.made',
      'class.contracted',
      'class.restored',
      'audit.found',
      'audit.closed',
      'prediction.compared',
    ],
    isChecked: true,
    checkedAgainst: 'Regulation (EU) 2024/1689, Article 9(2)',
  },
  {
    framework: 'DORA (2022/2554)',
    clause: 'Article 9',
    asks: 'protection and prevention, with controlled changes: recorded, tested, assessed, approved',
    requirements: ['L1', 'L4', 'A2', 'C1', 'X4', 'X6'],
    evidence: ['action', 'validation', 'approvals', 'rollback-availability', 'state-before', 'state-after'],
    events: ['validation.finished', 'capsule.built', 'capsule.dispatched', 'rollout.completed', 'rollout.rolled-back'],
    isChecked: true,
    checkedAgainst: 'Regulation (EU) 2022/2554, Article 9(4)(e)',
  },
  {
    framework: 'DORA (2022/2554)',
    clause: 'Article 5',
    asks: 'the management body answers for the risk: roles, policies, their approval and review',
    requirements: ['E1', 'E2', 'E3', 'L8'],
    evidence: ['classification', 'approvals'],
    events: ['envelope.signed', 'envelope.activated', 'envelope.suspended', 'authority.narrowed'],
    isChecked: true,
    checkedAgainst: 'Regulation (EU) 2022/2554, Article 5(1) and (2)',
  },
  {
    framework: 'FCA Handbook',
    clause: 'SYSC',
    asks: 'effective systems and controls, clear responsibilities, orderly records',
    requirements: ['A4', 'L5', 'V3', 'V4'],
    evidence: ['approvals', 'trigger', 'context'],
    events: ['approval.received', 'remediation.closed', 'evidence.read', 'evidence.exported'],
    isChecked: false,
  },
  {
    framework: 'NIS2 (2022/2555)',
    clause: 'Article 21',
    asks: 'measures against cyber risk: incidents, vulnerabilities, continuity, effectiveness',
    requirements: ['L1', 'G5', 'D3', 'X6', 'X7'],
    evidence: ['trigger', 'action', 'health-before', 'health-after'],
    events: ['signal.received', 'triage.opened', 'findings.ranked', 'rollout.completed', 'rollout.tripped'],
    isChecked: true,
    checkedAgainst: 'Directive (EU) 2022/2555, Article 21(2)(a) to (j)',
  },
  {
    framework: 'ISO/IEC 42001',
    clause: '6.1.3',
    asks: 'AI risks are treated by chosen controls, and the choice is documented',
    requirements: ['E1', 'E4', 'E5', 'D1'],
    evidence: ['classification', 'dependency-analysis'],
    events: ['envelope.drafted', 'envelope.tests-stored', 'envelope.activated', 'decision.made'],
    isChecked: false,
  },
  {
    framework: 'NIST AI RMF 1.0',
    clause: 'GOVERN 1.4',
    asks: 'risk management follows transparent policies and controls set by priorities',
    requirements: ['E1', 'E3', 'L7', 'D2'],
    evidence: ['classification'],
    events: ['envelope.activated', 'authority.narrowed', 'decision.made'],
    isChecked: true,
    checkedAgainst: 'NIST AI 100-1, January 2023',
  },
  {
    framework: 'NIST AI RMF 1.0',
    clause: 'MAP 3.5',
    asks: 'processes for human oversight are defined, assessed and documented',
    requirements: ['A1', 'A2', 'A3', 'A4'],
    evidence: ['approvals', 'context'],
    events: ['approval.received', 'approval.rejected', 'approval.refused'],
    isChecked: true,
    checkedAgainst: 'NIST AI 100-1, January 2023',
  },
  {
    framework: 'NIST CSF 1.1',
    clause: 'PR.IP',
    asks: 'protection processes are kept: baselines, change control, tested recovery',
    requirements: ['C1', 'L4', 'X6', 'W1'],
    evidence: ['validation', 'rollback-availability', 'drill-certificate'],
    events: ['spec.registered', 'validation.finished', 'capsule.dispatched', 'rollout.rolled-back'],
    isChecked: true,
    checkedAgainst: 'NIST CSF 1.1, April 2018: the category and PR.IP-1 to PR.IP-5',
  },
  {
    framework: 'IEC 62443-3-3',
    clause: 'SR 3.4',
    asks: 'changes to software and information are detected, recorded and reported',
    requirements: ['X1', 'X7', 'C2', 'V3'],
    evidence: ['state-before', 'state-after', 'tool-output'],
    events: ['capsule.refused', 'rollout.tripped', 'evidence.received'],
    isChecked: false,
  },
  {
    framework: 'PCI DSS 4.0.1',
    clause: '6.5.3',
    asks: 'pre-production is separate from production, and access controls keep it so',
    requirements: ['L4', 'X1'],
    evidence: ['validation', 'action'],
    events: ['validation.requested', 'validation.finished', 'capsule.refused'],
    isChecked: true,
    checkedAgainst: 'PCI DSS 4.0.1, requirement 6.5.3',
  },
  {
    framework: 'HIPAA Security Rule',
    clause: '164.308(a)(7)',
    asks: 'a contingency plan: restoring what was lost, going on in an emergency, tested',
    requirements: ['X6', 'X5'],
    evidence: ['rollback-availability', 'drill-certificate', 'health-after'],
    events: ['rollout.rolled-back', 'rollout.rollback-failed', 'rollback.requested', 'manual-work.opened'],
    isChecked: true,
    checkedAgainst: '45 CFR 164.308(a)(7)(i) and (ii)',
  },
  {
    framework: 'OWASP Agentic Top 10',
    clause: 'tool misuse, identity and privilege abuse',
    asks: 'agents act only with the tools and rights their task needs, bound to a person who answers',
    requirements: ['L8', 'D7', 'X1'],
    evidence: ['context', 'classification'],
    events: ['proposal.refused', 'restraint.set', 'restraint.lifted', 'capsule.refused'],
    isChecked: false,
  },
  {
    framework: 'OWASP Non-Human Identities Top 10',
    clause: 'overprivileged and long-lived identities',
    asks: 'identities of programs are owned, narrow, and end',
    requirements: ['L8', 'D8'],
    evidence: ['trigger', 'context'],
    events: ['signal.unauthenticated', 'source.described', 'trust.updated'],
    isChecked: false,
  },
  {
    framework: 'CSA MAESTRO',
    clause: 'evaluation and observability, security and compliance layers',
    asks: 'what agents do is seen, recorded beyond their reach, and judged',
    requirements: ['L5', 'V3', 'D7'],
    evidence: ['context', 'tool-output'],
    events: ['proposal.created', 'evidence.received', 'restraint.set', 'prediction.compared'],
    isChecked: false,
  },
  {
    framework: 'MITRE ATLAS',
    clause: 'mitigations: human in the loop, limited permissions, telemetry',
    asks: 'attacks through AI agents meet a person, a bound and a trace',
    requirements: ['A2', 'L7', 'L5'],
    evidence: ['approvals', 'classification', 'context'],
    events: ['approval.received', 'proposal.refused', 'transition.refused'],
    isChecked: false,
  },
];
