/**
 * Scenario B: a patient records database whose service account is about to be rotated. Fourteen application servers log in with
 * it, three of them seen only in the login log; a nightly-looking batch job is what raised the alarm.
 */
import { ids, isIn, needs, twoDigits, uses, type GraphPart } from './graph-input.ts';

export const RECORDS_CREDENTIAL = 'cred-records-db';
export const RECORDS_DATABASE = 'records-db-01';
/** Configured to use the account by their owners. */
const DECLARED_CONSUMERS: readonly string[] = ids(11, (position) => `ehr-app-${twoDigits(position)}`);
/** Nobody declared these three; the database's login log shows them. */
const OBSERVED_CONSUMERS: readonly string[] = ids(3, (position) => `ehr-app-${twoDigits(position + 11)}`);
export const CONSUMERS: readonly string[] = [...DECLARED_CONSUMERS, ...OBSERVED_CONSUMERS];
/** What the playbook remembers to update: the database itself, and nobody who logs in. */
export const PLANNED_CONSUMERS: readonly string[] = [];
export const BATCH_JOB = 'claims-batch';

const PRODUCTION = { environment: 'production', site: 'main-campus' } as const;
const CLINICAL = { ...PRODUCTION, zone: 'ehr', dataClasses: ['phi'], paths: ['patient-care'] } as const;

export const hospitalGraph: GraphPart = {
  nodes: [
    { ...CLINICAL, id: RECORDS_DATABASE, kind: 'host', tier: 'production-critical', owner: 'team-records' },
    { ...CLINICAL, id: 'records-store', kind: 'datastore', tier: 'production-critical', owner: 'team-records' },
    { ...CLINICAL, id: RECORDS_CREDENTIAL, kind: 'credential', tier: 'production-critical', owner: 'team-records' },
    { ...CLINICAL, id: 'ehr', kind: 'service', tier: 'production-critical', owner: 'team-clinical', citizens: 480_000 },
    {
      ...PRODUCTION,
      id: 'segment-clinical',
      kind: 'segment',
      tier: 'production-critical',
      cidr: '10.40.0.0/16',
      owner: 'team-network',
    },
    {
      ...PRODUCTION,
      id: BATCH_JOB,
      kind: 'service',
      tier: 'non-critical',
      owner: 'team-billing',
      addresses: ['10.40.9.17'],
    },
    ...CONSUMERS.map((id) => ({
      ...CLINICAL,
      id,
      kind: 'host',
      tier: 'production-critical',
      owner: 'team-clinical',
    })),
  ],
  edges: [
    needs('records-store', RECORDS_DATABASE),
    ...CONSUMERS.map((id) => needs(id, 'records-store')),
    ...CONSUMERS.map((id) => needs('ehr', id)),
    ...DECLARED_CONSUMERS.map((id) => uses(id, RECORDS_CREDENTIAL)),
    ...OBSERVED_CONSUMERS.map((id) => uses(id, RECORDS_CREDENTIAL, { isObserved: true })),
    uses(BATCH_JOB, RECORDS_CREDENTIAL, { isObserved: true }),
    isIn(RECORDS_DATABASE, 'segment-clinical'),
    ...CONSUMERS.map((id) => isIn(id, 'segment-clinical')),
  ],
};
