/** What a deployment shows of itself right now, for the score (O5). What it does not answer stays unknown, and unknown does not hold. */
import type { LiveState } from '../requirements/maturity.ts';
import { refusalOf } from './check.ts';
import type { Product } from './product.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

export async function liveState(product: Product): Promise<LiveState> {
  const { document } = await product.envelope();
  const leftMs = Date.parse(document.validUntil) - Date.now();
  const granted = new Set(document.grants.filter(({ isEnabled }) => isEnabled).flatMap(({ actions }) => actions));
  const drilled = new Set(
    listIn(await product.api('person:kim', 'GET', '/drills'), 'items').flatMap((drill) =>
      field(drill, 'isValid') === true ? [String(field(drill, 'action'))] : [],
    ),
  );
  const audit = await product.api('person:ira', 'GET', '/audits/alignment');
  const history = await product.api('person:ira', 'GET', '/envelopes/history');
  const takenAt = Date.parse(String(field(field(audit, 'graph'), 'takenAt')));
  return {
    isEnvelopeActive: leftMs > 0,
    envelopeDaysLeft: Math.ceil(leftMs / DAY_MS),
    phase: document.phase,
    grantedActions: granted.size,
    drilledActions: [...granted].filter((action) => drilled.has(action)).length,
    isGraphFresh: Date.now() - takenAt <= document.maxGraphAgeMinutes * MINUTE_MS,
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
