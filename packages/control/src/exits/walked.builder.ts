/** A server with everything planted, every exit of it walked, and what each answer held. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Deps, Features } from '../deps.ts';
import { makeFeatures } from '../features.ts';
import { closeDesk, control as desk, databaseUrl, now, openDeskBeside, witness, world } from '../flow/desk.builder.ts';
import { provision } from '../store/provision.ts';
import { startControl, type Heard, type TestControl } from '../testkit/control.ts';
import { kindsIn } from './canaries.builder.ts';
import { streamed } from './events.builder.ts';
import { remediated, type Mask } from './planted.builder.ts';
import { signed, spoken } from './spoken.builder.ts';
import { SHOWN } from './statements.builder.ts';
import { CALLERS, EVENTS, namesIn, NORA, routesOf, seenIn, walk, type RouteName, type Seen } from './walk.builder.ts';

/** The whole product; nothing works in the background. */
const allRoutes = (deps: Deps): Features => ({
  ...makeFeatures(deps, () => undefined),
  start: async () => undefined,
  stop: async () => undefined,
});

export interface Walked {
  readonly seen: readonly Seen[];
  readonly routes: readonly RouteName[];
  /** Those of the door for gateways. */
  readonly door: readonly RouteName[];
  readonly unrecorded: readonly string[];
  readonly reports: string;
  readonly stop: () => Promise<void>;
}

const readings = async (): Promise<number> => {
  const said = ['evidence.read', 'evidence.exported'] as const;
  return (await desk.deps.store.selectFrom('leaf').select('id').where('event', 'in', said).execute()).length;
};
const isRecorded = (route: string): boolean => SHOWN[route]?.isRecorded === true;

export async function walked(mask: Mask): Promise<Walked> {
  const heard: Heard[] = [];
  const hear = (one: Heard): void => void heard.push(one);
  await openDeskBeside([], hear);
  await signed();
  for (const mode of ['sanitized', 'metadata-only', 'local-only'] as const) await remediated(mode, mask);
  await spoken();
  await witness();
  const { organisation } = world;
  const nora = { kind: 'person', id: 'nora', token: NORA } as const;
  await provision(desk.deps.store, { organisation, principals: [nora], sources: [], now: now() });
  const stateDir = mkdtempSync(join(tmpdir(), 'countersign-exits-'));
  const control = await startControl({
    url: databaseUrl(),
    worlds: [world],
    instance: 'test-2',
    features: allRoutes,
    door: { stateDir },
    heard: hear,
  });
  await control.door?.app.ready();
  await control.app.listen({ host: '127.0.0.1', port: 0 });
  const size = await sizeNow();
  const unrecorded = await walk({ control, names: await namesIn(desk), size, purpose: 'audit', readings, isRecorded });
  const routes = routesOf(control);
  const door = control.door === undefined ? [] : routesOf(control.door);
  const followed = await streams(control);
  const seen = [...seenIn(heard, routes), ...followed.seen];
  const reports = JSON.stringify([desk.reports, control.reports]);
  const stop = async (): Promise<void> => {
    await control.stop();
    await closeDesk();
    rmSync(stateDir, { recursive: true });
  };
  return { seen, routes, door, unrecorded: [...unrecorded, ...followed.unrecorded], reports, stop };
}

async function sizeNow(): Promise<number> {
  await desk.settled();
  return (await desk.deps.newest.checkpoint(world.organisation))?.size ?? 0;
}

/** With a purpose and without, as every caller; a reading that left no entry is told as one. */
async function streams(control: TestControl): Promise<Pick<Walked, 'seen' | 'unrecorded'>> {
  const seen: Seen[] = [];
  const unrecorded: string[] = [];
  for (const query of ['', '&purpose=audit'])
    for (const [reader, caller] of CALLERS) {
      const token = world.tokens[caller ?? ''] ?? caller;
      const before = await readings();
      const text = await streamed(control, { token, query, last: (await sizeNow()) - 1 });
      const kinds = kindsIn(text ?? '');
      seen.push({ route: `GET ${EVENTS}`, reader, status: text === undefined ? 403 : 200, kinds, layers: [] });
      if (kinds.size > 0 && (await readings()) <= before) unrecorded.push(`${reader} ${EVENTS}?${query}`);
    }
  return { seen, unrecorded };
}
