/** Puts the gateway together: one loop in, one loop out, nothing in common but the configuration. */
import { mkdirSync } from 'node:fs';
import { DropFolder, watchFolder, type Watching } from '../inbox/drop-folder.ts';
import type { Running } from '../preflight/lifecycle.ts';
import type { Log } from '../preflight/log.ts';
import { httpCaller } from '../watch/ask.ts';
import { controlLink } from './control-link.ts';
import { moveIn, moveOut } from './folder-link.ts';
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
  const caller = httpCaller();
  const stopping = new AbortController();
  const { signal } = stopping;
  const link = controlLink(caller, { url: to.url, enclave: config.enclave, token: tokenReader(to.tokenFile) });
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
      stopping.abort();
      caller.close();
      await receiving;
    },
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
