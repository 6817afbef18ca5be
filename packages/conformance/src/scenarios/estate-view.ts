/** What really happened to the hosts, asked of the hosts themselves and not of the product. */
import { integer, list, map, object, oneOf, readShape, text, type Shape } from '@countersign/core';

export interface EstateHostView {
  readonly id: string;
  readonly state: string;
  readonly openssl: string;
  readonly restarts: number;
  readonly failedStarts: number;
}

const count = integer({ min: 0, max: 10_000_000 });
const hostShape: Shape<EstateHostView> = object<EstateHostView>({
  id: text({ max: 64 }),
  state: oneOf('running', 'failed'),
  openssl: text({ max: 40 }),
  restarts: count,
  failedStarts: count,
});

export interface EstateSummary {
  readonly profile: string;
  readonly observedAt: string;
  readonly hosts: number;
  readonly running: number;
  readonly failed: number;
  readonly everFailed: number;
  readonly restartedHosts: number;
  readonly restarts: number;
  readonly mostRestarts: number;
  readonly byOpenssl: Readonly<Record<string, number>>;
  readonly services: { readonly ok: number; readonly degraded: readonly string[] };
}

const hostsShape = object<{ observedAt: string; hosts: readonly EstateHostView[] }>({
  observedAt: text({ max: 40 }),
  hosts: list(hostShape, { max: 10_000 }),
});

const summaryShape: Shape<EstateSummary> = object<EstateSummary>({
  profile: text({ max: 40 }),
  observedAt: text({ max: 40 }),
  hosts: count,
  running: count,
  failed: count,
  everFailed: count,
  restartedHosts: count,
  restarts: count,
  mostRestarts: count,
  byOpenssl: map(count, { max: 50 }),
  services: object<EstateSummary['services']>({ ok: count, degraded: list(text({ max: 64 }), { max: 100 }) }),
});

export const estateSummary = (baseUrl: string): Promise<EstateSummary> =>
  ask(`${baseUrl}/estate/summary`, summaryShape);
export const estateHosts = (baseUrl: string): Promise<readonly EstateHostView[]> =>
  ask(`${baseUrl}/estate/hosts`, hostsShape).then(({ hosts }) => hosts);

async function ask<T>(url: string, shape: Shape<T>): Promise<T> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  const read = readShape(shape, await answer.json());
  if (!read.ok) throw new Error(`${url} answered another form: ${JSON.stringify(read.refusal.complaints)}`);
  return read.value;
}
