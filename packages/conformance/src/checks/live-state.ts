/** What a deployment shows of itself right now, for the score (O5). What it does not answer stays unknown, and unknown does not hold. */
import type { LiveState } from '../requirements/maturity.ts';
import { refusalOf } from './check.ts';
import type { Product } from './product.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

export async function liveState(product: Product): Promise<LiveState> {
  const { document } = await product.envelope();
  const leftMs = Date.parse(document.validUntil) - Date.now();
  const granted = document.grants
    .filter(({ isEnabled }) => isEnabled)
    .flatMap(({ actions, maxDrillAgeDays }) => actions.map((action) => ({ action, maxDrillAgeDays })));
  const drills = listIn(await product.api('person:kim', 'GET', '/drills'), 'items');
  // The newest of each tier: one that failed or is too old takes the others' word away.
  const isDrilled = (wanted: { readonly action: string; readonly maxDrillAgeDays: number }): boolean => {
    const own = drills.filter((drill) => field(drill, 'action') === wanted.action);
    return (
      own.length > 0 &&
      own.every(
        (drill) => field(drill, 'isPassed') === true && Number(field(drill, 'ageDays')) <= wanted.maxDrillAgeDays,
      )
    );
  };
  const audit = await product.api('person:ira', 'GET', '/audits/alignment');
  const history = await product.api('person:ira', 'GET', '/envelopes/history');
  const takenAt = Date.parse(String(field(field(audit, 'graph'), 'takenAt')));
  const ageMs = Date.now() - takenAt;
  return {
    isEnvelopeActive: leftMs > 0,
    envelopeDaysLeft: Math.ceil(leftMs / DAY_MS),
    phase: document.phase,
    grantedActions: granted.length,
    drilledActions: granted.filter(isDrilled).length,
    isGraphFresh: ageMs >= -MINUTE_MS && ageMs <= document.maxGraphAgeMinutes * MINUTE_MS,
    overdueFindings: listIn(audit, 'overdueFindings').length,
    historyLength: listIn(history, 'items').length,
    hasDashboards: (await refusalOf(product.api('person:nils', 'GET', '/dashboards'))) === undefined,
  };
}

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;

function listIn(value: unknown, name: string): readonly unknown[] {
  const list = field(value, name);
  if (!Array.isArray(list)) throw new Error(`the answer has no list \`${name}\``);
  return list;
}
