/**
 * Forty edits of a large envelope, as data: what people change from one quarter to the next, and what hides a widening. Each says
 * whether it widens, and an SMT solver says the same.
 */
import { readEnvelope } from './large-envelope.ts';
import { ACTION_TYPES, type Envelope } from '@countersign/core';

/** `at` is a path of names and positions; `*` is every element of a list. */
type Change =
  | { readonly op: 'set'; readonly at: string; readonly value: unknown }
  | { readonly op: 'raise'; readonly at: string; readonly by: number }
  | { readonly op: 'drop'; readonly at: string }
  | { readonly op: 'append'; readonly at: string; readonly value: unknown }
  /** Appends a copy of an element with other fields to the list it is in. */
  | { readonly op: 'copy'; readonly at: string; readonly change: Readonly<Record<string, unknown>> };

export interface Edit {
  readonly name: string;
  /** The answer it should have. */
  readonly kind: 'no-widening' | 'widening';
  readonly changes: readonly Change[];
}

const set = (at: string, value: unknown): Change => ({ op: 'set', at, value });
const raise = (at: string, by: number): Change => ({ op: 'raise', at, by });
const drop = (at: string): Change => ({ op: 'drop', at });
const append = (at: string, value: unknown): Change => ({ op: 'append', at, value });
const copy = (at: string, change: Readonly<Record<string, unknown>>): Change => ({ op: 'copy', at, change });
const edit = (name: string, ...changes: readonly Change[]): Omit<Edit, 'kind'> => ({ name, changes });

/** Dates are no authority by themselves: they are compared elsewhere. */
const NEXT_QUARTER = [
  set('/validFrom', '2026-12-01T00:00:00.000Z'),
  set('/validUntil', '2027-02-15T00:00:00.000Z'),
  set('/version', 8),
];

const NARROWING: readonly Omit<Edit, 'kind'>[] = [
  edit('the same again for the next quarter', ...NEXT_QUARTER),
  edit('one cap lower', raise('/grants/3/caps/targets', -1)),
  edit('every cap of targets lower', raise('/grants/*/caps/targets', -1)),
  edit('every grant asks for more confidence', raise('/grants/*/minConfidencePercent', 5)),
  edit('every grant asks for another signal', raise('/grants/*/minIndependentSignals', 1)),
  edit('staging everywhere', set('/grants/*/requiresStaging', true)),
  edit('drills twice as often', set('/grants/*/maxDrillAgeDays', 15)),
  edit('a grant less', drop('/grants/2')),
  edit('another zone only for people', append('/humanOnly', { id: 'HX', clause: 'AG-706 4.7', zones: ['trading'] })),
  edit('another prohibition', append('/prohibited', { id: 'PX', clause: 'AG-706 4.1', actions: ['service.restart'] })),
  edit('a prohibition for all actions', drop('/prohibited/1/actions')),
  edit('more margin before the dry run is looked at', set('/dryRun/marginPercent', 20)),
  edit('fewer at once', raise('/limits/concurrentOperations', -5)),
  edit(
    'another route',
    append('/routes', {
      id: 'RX',
      clause: 'AG-706 4.2',
      when: {},
      demands: [{ role: 'approver', count: 1 }],
      stepUp: true,
    }),
  ),
  edit('a copy of a grant under another name', copy('/grants/1', { id: 'GX' })),
  edit('a smaller grant inside another', copy('/grants/1', { id: 'GX', minSeverity: 4, requiresStaging: true })),
  edit(
    'a grant for what is prohibited',
    append('/prohibited', { id: 'PX', clause: 'AG-706 4.1', actions: ['host.isolate'] }),
    copy('/grants/1', { id: 'GX', actions: ['host.isolate'], minSeverity: 0 }),
  ),
  edit('a grant in two halves by severity', copy('/grants/4', { id: 'GX', minSeverity: 4 })),
  edit(
    'a restriction in three',
    drop('/humanOnly/0'),
    ...['scada', 'plc', 'turbine'].map((zone) =>
      append('/humanOnly', { id: `H-${zone}`, clause: 'AG-706 4.7', zones: [zone] }),
    ),
  ),
  edit('nothing in production any more', set('/phase', 'non-production')),
  edit('back to watching', set('/phase', 'observe-only')),
];

const WIDENING: readonly Omit<Edit, 'kind'>[] = [
  edit('one cap higher by one', raise('/grants/3/caps/targets', 1), raise('/grants/3/caps/perTier/non-critical', 1)),
  edit('every cap of fan-out higher', raise('/grants/*/caps/fanOut', 1)),
  edit('one grant with less confidence', raise('/grants/1/minConfidencePercent', -10)),
  edit('a zone lost from what is left to people', set('/humanOnly/0/zones', ['scada', 'plc'])),
  edit('a prohibition gone', drop('/prohibited/0')),
  edit('a prohibition only without a plan', set('/prohibited/0/without', 'contingency-plan')),
  edit('a route gone', drop('/routes/0')),
  edit('a route only for large acts', set('/routes/1/when/targetsOver', 5000)),
  edit('less margin before the dry run is looked at', set('/dryRun/marginPercent', 5)),
  edit('more at once', raise('/limits/concurrentOperations', 1)),
  edit('one more act an hour', raise('/grants/2/caps/actionsPerHour', 1)),
  edit(
    'older drills',
    raise('/grants/*/maxDrillAgeDays', 0),
    set('/grants/4/maxDrillAgeDays', 92),
    set('/grants/4/minSeverity', 0),
  ),
  edit('one grant at any time', set('/grants/0/calendars', []), set('/grants/0/minSeverity', 0)),
  edit('one grant on every kind of target', set('/grants/0/targetKinds', []), set('/grants/0/minSeverity', 0)),
  edit(
    'a new grant',
    copy('/grants/3', { id: 'GX', actions: ['service.restart'], minSeverity: 0, requiresStaging: false }),
  ),
  edit(
    'narrower in one place, wider in another',
    raise('/grants/3/caps/targets', -2),
    raise('/grants/5/minCapacityLeftPercent', -5),
  ),
  edit('no action needs staging any more', set('/maySkipStaging', ACTION_TYPES)),
  edit('less capacity left', raise('/grants/2/minCapacityLeftPercent', -1)),
  edit('a new quarter with one cap higher', ...NEXT_QUARTER, raise('/grants/5/caps/services', 1)),
];

export const EDITS: readonly Edit[] = [
  ...NARROWING.map((one): Edit => ({ ...one, kind: 'no-widening' })),
  ...WIDENING.map((one): Edit => ({ ...one, kind: 'widening' })),
];

/** A container of a JSON document, changed in place. */
type Container = Record<string, unknown>;
const isContainer = (value: unknown): value is Container => typeof value === 'object' && value !== null;

/** Containers and keys that a path means. */
function placesOf(root: unknown, path: string): readonly { readonly inside: Container; readonly key: string }[] {
  const steps = path.split('/').slice(1);
  const last = steps.at(-1) ?? '';
  let found: readonly unknown[] = [root];
  for (const step of steps.slice(0, -1))
    found = found.flatMap((value) => {
      if (!isContainer(value)) throw new Error(`${path} does not exist`);
      return step === '*' ? Object.values(value) : [value[step]];
    });
  return found.map((inside) => {
    if (!isContainer(inside)) throw new Error(`${path} does not exist`);
    return { inside, key: last };
  });
}

function apply(root: unknown, change: Change): void {
  for (const { inside, key } of placesOf(root, change.at)) {
    const value = inside[key];
    switch (change.op) {
      case 'set':
        inside[key] = change.value;
        break;
      case 'raise':
        inside[key] = Number(value) + change.by;
        break;
      case 'drop':
        if (Array.isArray(inside)) inside.splice(Number(key), 1);
        else delete inside[key];
        break;
      case 'append':
        if (Array.isArray(value)) value.push(change.value);
        break;
      case 'copy':
        if (Array.isArray(inside) && isContainer(value)) inside.push({ ...structuredClone(value), ...change.change });
        break;
    }
  }
}

/** The envelope after the edit; the document itself stays as it is. */
export function edited(json: unknown, { changes }: Pick<Edit, 'changes'>): Envelope {
  const copied = structuredClone(json);
  for (const change of changes) apply(copied, change);
  return readEnvelope(copied);
}
