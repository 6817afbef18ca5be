/** The whole estate in memory: every host's service and the services that stand on them. */
import { hostRoot, serviceFile, taskKeysFile, writeEstate } from '../host/host-files.ts';
import { HostService } from '../host/host-service.ts';
import { TaskDoor } from '../host/task-door.ts';
import type { EstateLayout, EstateService } from '../layout.ts';
import {
  hardDependencies,
  readObjective,
  serviceHealth,
  type Objective,
  type ServiceHealth,
} from './service-health.ts';

export interface EstateSummary {
  readonly profile: EstateLayout['profile'];
  readonly hosts: number;
  readonly running: number;
  readonly failed: number;
  /** Hosts of which at least one start ever failed. */
  readonly everFailed: number;
  /** Hosts restarted through their init system at least once, all restarts, and the most of one host. */
  readonly restartedHosts: number;
  readonly restarts: number;
  readonly mostRestarts: number;
  /** Running instances by the openssl they loaded. */
  readonly byOpenssl: Readonly<Record<string, number>>;
  readonly services: { readonly ok: number; readonly degraded: readonly string[] };
}

interface Member {
  readonly service: EstateService;
  readonly objective: Objective;
  readonly members: readonly HostService[];
}

export class Estate {
  readonly layout: EstateLayout;
  /** Where runners come in. */
  readonly door: TaskDoor;
  readonly #hosts: ReadonlyMap<string, HostService>;
  readonly #services: ReadonlyMap<string, Member>;

  private constructor(layout: EstateLayout, hosts: ReadonlyMap<string, HostService>, stateDir: string) {
    this.layout = layout;
    this.door = new TaskDoor(taskKeysFile(stateDir));
    this.#hosts = hosts;
    this.#services = new Map(
      layout.services.map((service) => [service.id, memberOf(service, hosts, stateDir)] as const),
    );
  }

  /** Makes the folder if it is new, then boots every host from its files. */
  static boot(layout: EstateLayout, stateDir: string, nowMs: number): Estate {
    writeEstate(layout, stateDir);
    const boot = layout.hosts.map((host) => HostService.boot(host, hostRoot(stateDir, host.id), nowMs));
    return new Estate(layout, new Map(boot.map((service) => [service.host.id, service])), stateDir);
  }

  host(id: string): HostService | undefined {
    return this.#hosts.get(id);
  }

  get hosts(): readonly HostService[] {
    return [...this.#hosts.values()];
  }

  service(id: string, nowMs: number): ServiceHealth | undefined {
    const found = this.#services.get(id);
    if (found === undefined) return undefined;
    // INVARIANT: hard dependencies form no cycle (a layout test walks them), so this ends.
    const hard = hardDependencies(found.service).flatMap((needed) => this.service(needed, nowMs) ?? []);
    return serviceHealth(found.members, found.objective, { nowMs, hard });
  }

  summary(nowMs: number): EstateSummary {
    const hosts = this.hosts;
    const running = hosts.flatMap(({ current }) => (current.state === 'running' ? [current.versions.openssl] : []));
    const counts = hosts.map((host) => host.counts);
    const health = [...this.#services.keys()].flatMap((id) => this.service(id, nowMs) ?? []);
    const degraded = health.filter(({ state }) => state === 'degraded').map(({ service }) => service);
    return {
      profile: this.layout.profile,
      hosts: hosts.length,
      running: running.length,
      failed: hosts.length - running.length,
      everFailed: counts.filter(({ failedStarts }) => failedStarts > 0).length,
      restartedHosts: counts.filter(({ restarts }) => restarts > 0).length,
      restarts: counts.reduce((sum, { restarts }) => sum + restarts, 0),
      mostRestarts: counts.reduce((most, { restarts }) => Math.max(most, restarts), 0),
      byOpenssl: tally(running),
      services: { ok: health.length - degraded.length, degraded },
    };
  }
}

function memberOf(service: EstateService, hosts: ReadonlyMap<string, HostService>, stateDir: string): Member {
  const members = service.members.flatMap((id) => hosts.get(id) ?? []);
  return { service, members, objective: readObjective(serviceFile(stateDir, service.id)) };
}

function tally(values: readonly string[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return Object.fromEntries([...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
