/** Who works at the demo organisation. Their keys are made on this machine and marked DEMO; a production root refuses them. */
export const DEMO_ORGANISATION = 'demo';

export interface DemoPerson {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly string[];
}

export const DEMO_PEOPLE: readonly DemoPerson[] = [
  { id: 'ana', name: 'Ana Ruiz', roles: ['release-approver'] },
  { id: 'sam', name: 'Sam Okafor', roles: ['service-owner'] },
  { id: 'omar', name: 'Omar Haddad', roles: ['plant-safety'] },
  { id: 'kim', name: 'Kim Lee', roles: ['policy-admin'] },
  { id: 'lea', name: 'Lea Novak', roles: ['policy-admin'] },
  { id: 'nils', name: 'Nils Berg', roles: ['operator'] },
  { id: 'ira', name: 'Ira Cohen', roles: ['auditor'] },
  { id: 'rea', name: 'Rea Holm', roles: ['registrar'] },
  { id: 'ugo', name: 'Ugo Silva', roles: ['registrar'] },
  { id: 'park', name: 'Jin Park', roles: ['agent-owner'] },
];

/** The built-in deterministic agent and the human who answers for it. */
export const PLAYBOOK_AGENT = { id: 'playbook', owner: 'park' } as const;

/** Signal sources with their lineage: two that share an ancestor are not independent of each other (D3). */
export const DEMO_SOURCES = [
  { id: 'hostscan', format: 'sarif', lineage: ['hostscan', 'nvd-feed'], owner: 'team-security' },
  { id: 'alertmanager', format: 'alertmanager', lineage: ['alertmanager', 'prometheus'], owner: 'team-platform' },
] as const;
