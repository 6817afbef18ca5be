/** What a signature is over, by name. */

/** DSSE payload types; one per document, so that a signature over one can never be read as another. */
export const PAYLOAD = {
  capsule: 'application/vnd.in-toto+json',
  envelope: 'application/vnd.countersign.envelope.v1+json',
  graph: 'application/vnd.countersign.graph.v1+json',
  signal: 'application/vnd.countersign.signal.v1+json',
  approval: 'application/vnd.countersign.approval.v1+json',
  resume: 'application/vnd.countersign.resume.v1+json',
  status: 'application/vnd.countersign.status.v1+json',
  validation: 'application/vnd.countersign.validation.v1+json',
  evidence: 'application/vnd.countersign.evidence.v1+json',
  sanitizedView: 'application/vnd.countersign.sanitized-view.v1+json',
  progress: 'application/vnd.countersign.progress.v1+json',
  refusal: 'application/vnd.countersign.refusal.v1+json',
  evidenceClosure: 'application/vnd.countersign.evidence-closure.v1+json',
  gatewayEnrolment: 'application/vnd.countersign.gateway-enrolment.v1+json',
  auditFinding: 'application/vnd.countersign.audit-finding.v1+json',
  auditClosure: 'application/vnd.countersign.audit-closure.v1+json',
  restoration: 'application/vnd.countersign.restoration.v1+json',
  campaign: 'application/vnd.countersign.campaign.v1+json',
  campaignApproval: 'application/vnd.countersign.campaign-approval.v1+json',
  receipt: 'application/vnd.countersign.receipt.v1+json',
  restraintLift: 'application/vnd.countersign.restraint-lift.v1+json',
} as const;
