/** What tests of findings send and ask of an opened control, as its scanner and its policy administrator. */
import { control, world } from '../testkit/opened.builder.ts';
import { findingIdOf } from './finding-id.ts';
import { sarif } from './finding.builder.ts';

export interface Shown {
  readonly id: string;
  readonly state: string;
  readonly rule: string;
  readonly target: string;
  readonly held?: string;
  readonly unknownReach?: string;
  readonly answerable?: { readonly kind: string; readonly name: string };
  readonly dueAt: string;
  readonly isOverdue: boolean;
  readonly sources: readonly string[];
  readonly reasons: readonly string[];
}
type Answer = ReturnType<typeof control.ask>;

export const scan = (places: readonly string[], change: object = {}, by = 'source:scanner'): Answer =>
  control.ask(by, 'POST', '/api/v1/signals/sarif', { body: sarif(places, change) });
export const get = async <T>(path: string, more: object = {}): Promise<T> =>
  (await control.ask('person:kim', 'GET', `/api/v1/findings${path}`, more)).json<T>();
export const queue = async (query = ''): Promise<readonly string[]> =>
  (await get<{ items: Shown[] }>(query)).items.map(({ state, rule, target }) => `${state} ${rule} ${target}`);
/** `place`: rule and target, as in a scan. */
export const one = (place: string): Promise<Shown> => {
  const [rule = '', target = ''] = place.split(' ');
  return get<Shown>(`/${findingIdOf(rule, target)}`);
};
export const exploited = (...ids: readonly string[]): Answer =>
  control.ask('source:scanner', 'POST', '/api/v1/findings/exploited', {
    body: { title: 'list', vulnerabilities: ids.map((cveID) => ({ cveID, dateAdded: '2026-11-20' })) },
  });
export const install = (version: number, estate: object): Answer =>
  control.ask('person:kim', 'POST', '/api/v1/graph', { body: { graph: world.graph({ version, ...estate }) } });
