/**
 * Scenario C: two segments of a chemical plant between which a block is proposed. Behind the one sits the supervisory control, behind
 * the other the controllers it speaks to; the odd traffic is a backup job with a wrong target.
 */
import { flows, ids, isIn, needs, twoDigits, type GraphPart } from './graph-input.ts';

export const CONTROL_SEGMENT = 'segment-supervision';
export const FIELD_SEGMENT = 'segment-field';
export const BLOCK_FROM = '10.4.0.0/16';
export const BLOCK_TO = '10.8.0.0/16';
export const CONTROLLERS: readonly string[] = ids(12, (position) => `plc-${twoDigits(position)}`);
const BACKUP_JOB = 'backup-01';

const PLANT = { environment: 'production', site: 'plant-1' } as const;
const FIELD = { ...PLANT, zone: 'purdue-1', tier: 'safety-critical', owner: 'team-process-safety' } as const;

export const plantGraph: GraphPart = {
  nodes: [
    {
      ...PLANT,
      id: CONTROL_SEGMENT,
      kind: 'segment',
      tier: 'production-critical',
      cidr: BLOCK_FROM,
      owner: 'team-network',
    },
    {
      ...PLANT,
      id: FIELD_SEGMENT,
      kind: 'segment',
      tier: 'production-critical',
      cidr: BLOCK_TO,
      owner: 'team-network',
    },
    {
      ...PLANT,
      id: 'scada-01',
      kind: 'host',
      zone: 'purdue-2',
      tier: 'safety-critical',
      owner: 'team-process-safety',
      addresses: ['10.4.1.10'],
      labels: { role: 'scada' },
      paths: ['process-control'],
    },
    {
      ...PLANT,
      id: 'reactor',
      kind: 'service',
      zone: 'purdue-2',
      tier: 'safety-critical',
      owner: 'team-process-safety',
      paths: ['process-control'],
    },
    {
      ...PLANT,
      id: BACKUP_JOB,
      kind: 'host',
      tier: 'non-critical',
      owner: 'team-it',
      addresses: ['10.4.7.20'],
    },
    {
      ...PLANT,
      id: 'historian-01',
      kind: 'host',
      zone: 'purdue-3',
      tier: 'production-critical',
      owner: 'team-it',
      addresses: ['10.8.200.5'],
    },
    ...CONTROLLERS.map((id, position) => ({
      ...FIELD,
      id,
      kind: 'device',
      labels: { role: 'plc' },
      addresses: [`10.8.3.${position + 10}`],
      paths: ['process-control'],
    })),
  ],
  edges: [
    isIn('scada-01', CONTROL_SEGMENT),
    isIn(BACKUP_JOB, CONTROL_SEGMENT),
    isIn('historian-01', FIELD_SEGMENT),
    ...CONTROLLERS.map((id) => isIn(id, FIELD_SEGMENT)),
    ...CONTROLLERS.map((id) => flows('scada-01', id, 'tcp/502', 600)),
    ...CONTROLLERS.map((id) => needs('reactor', id)),
    needs('reactor', 'scada-01'),
    flows(BACKUP_JOB, 'historian-01', 'tcp/445', 40),
  ],
};
