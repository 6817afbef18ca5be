/** Puts the gateway together: one loop in, one loop out, nothing in common but the configuration. */
import { mkdirSync } from 'node:fs';
import { ok, refuse, type Result } from '@countersign/core';
import { DropFolder, watchFolder, type Watching } from '../inbox/drop-folder.ts';
import type { Running } from '../preflight/lifecycle.ts';
import type { Log } from '../preflight/log.ts';
import { systemClock } from '../preflight/clock.ts';
import { httpCaller, type Caller } from '../watch/ask.ts';
import { controlLink } from './control-link.ts';
import { moveIn, moveOut } from './folder-link.ts';
import { GatewayIdentity } from './identity.ts';
import { tokenReader, type GatewayConfig, type LinkConfig } from './gateway-config.ts';
import { receive } from './receive.ts';
import { reportOut } from './report-out.ts';
import { verifierOf } from './verify-delivery.ts';

const RESCAN_MS = 2000;

export function startGateway(config: GatewayConfig, log: Log): Running {
  mkdirSync(config.state, { recursive: true });
  switch (config.link.kind) {
    case 'control':
      return startOnline(config, config.link, log);
    case 'folder':
      return startOffline(config, config.link, log);
  }
}

function startOnline(config: GatewayConfig, to: Extract<LinkConfig, { kind: 'control' }>, log: Log): Running {
  const stopping = new AbortController();
  const { signal } = stopping;
  const showing = showingOf(config, to, log);
  const { caller } = showing;
  const link = controlLink(caller, { url: to.url, enclave: config.enclave, headers: showing.headers });
  const [inbox, outbox, held] = [
    new DropFolder(config.inbox),
    new DropFolder(config.outbox),
    new DropFolder(config.held),
  ];
  const receiving = receive({ link, inbox, verifier: verifierOf(config), stateFolder: config.state, log, signal });
  const { egress } = config;
  const watching = watchFolder(outbox, () => reportOut({ link, outbox, held, egress, log, signal }), RESCAN_MS);
  return {
    async stop() {
      watching.close();
      showing.stop();
      stopping.abort();
      caller.close();
      await receiving;
    },
  };
}

/** Callers and headers by how this gateway proves who it is. */
interface Showing {
  readonly caller: Caller;
  readonly headers: () => Result<Readonly<Record<string, string>>>;
  readonly stop: () => void;
}

/** A certificate is looked at this often; until there is one, a little more often. */
const LOOK_MS = 600_000;
const WAIT_MS = 2000;

function showingOf(
  { organisation, enclave }: GatewayConfig,
  { url, shows }: Extract<LinkConfig, { kind: 'control' }>,
  log: Log,
): Showing {
  switch (shows.kind) {
    case 'token': {
      const token = tokenReader(shows.file);
      const headers: Showing['headers'] = () => {
        const read = token();
        return read.ok ? ok({ authorization: `Bearer ${read.value}` }) : read;
      };
      return { caller: httpCaller(), headers, stop: () => undefined };
    }
    case 'certificate': {
      const identity = new GatewayIdentity(shows.folder, { organisation, enclave }, () => systemClock.now());
      const caller = httpCaller(() => identity.credentials());
      const headers: Showing['headers'] = () =>
        identity.credentials() === undefined
          ? refuse('not-enrolled', 'this gateway has no certificate that counts', { clause: 'O4' })
          : ok({});
      return { caller, headers, stop: keepCertified(identity, { url, caller, log }) };
    }
  }
}

/** Asks for a certificate while there is none, renews it when half of it is over; returns what ends that. */
function keepCertified(
  identity: GatewayIdentity,
  { url, caller, log }: { readonly url: string; readonly caller: Caller; readonly log: Log },
): () => void {
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const look = async (): Promise<void> => {
    const kept = await identity.keep(url, caller);
    if (!kept.ok) log('not-certified', { code: kept.refusal.code, detail: kept.refusal.detail });
    else if (kept.value !== 'kept') log('certified', { how: kept.value });
    if (!isOver) timer = setTimeout(() => void look(), kept.ok ? LOOK_MS : WAIT_MS).unref();
  };
  void look();
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}

function startOffline(config: GatewayConfig, to: Extract<LinkConfig, { kind: 'folder' }>, log: Log): Running {
  const [inbox, outbox, held] = [
    new DropFolder(config.inbox),
    new DropFolder(config.outbox),
    new DropFolder(config.held),
  ];
  const [dropIn, dropOut] = [new DropFolder(to.dropIn), new DropFolder(to.dropOut)];
  const verifier = verifierOf(config);
  const watching: readonly Watching[] = [
    watchFolder(dropIn, async () => moveIn({ from: dropIn, to: inbox, log }, verifier), RESCAN_MS),
    watchFolder(outbox, async () => moveOut({ from: outbox, to: dropOut, log }, held, config.egress), RESCAN_MS),
  ];
  return {
    stop() {
      for (const one of watching) one.close();
    },
  };
}
