// Runs beside the demo: registers passkeys people ask for, and plays scenario A once when told to.
import { setTimeout as pause } from 'node:timers/promises';
import { connect, type Client } from '@countersign/client';
import { countersignPatch, raisePatch, rolloutOf, watchToEnd, type Stage } from '../scenarios/play-a.ts';
import { demoFiles } from './files.ts';
import { Keyring } from './keyring.ts';
import { Registrar } from './registrar.ts';
import { demoSettings } from './settings.ts';
import { readTokens } from './tokens.ts';

const REGISTER_EVERY_MS = 500;

const settings = demoSettings(process.env);
const files = demoFiles(settings.state);
const keys = new Keyring(files.keys);
const tokens = readTokens(files.tokens);
const as = (person: string): Client => connect({ url: settings.controlUrl, token: tokens[`person:${person}`] ?? '' });
const client = as('nils');
const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function registerForEver(): Promise<void> {
  const registrar = new Registrar(client, keys, files);
  for (;;) {
    try {
      const registered = await registrar.register();
      if (registered > 0) say(`${registered} passkeys are in the roster`);
    } catch (error) {
      say(`the registrar is refused: ${error instanceof Error ? error.message : String(error)}`);
    }
    await pause(REGISTER_EVERY_MS);
  }
}

async function play(): Promise<void> {
  const stage: Stage = { state: settings.state, client, as, keys, say };
  const proposal = await raisePatch(stage);
  await countersignPatch(stage, proposal);
  say(`${proposal} ended as ${await watchToEnd(stage, proposal)}`);
  say(JSON.stringify(await rolloutOf(client, proposal)));
}

const stop = (): void => {
  process.exit(0);
};
process.on('SIGTERM', stop).on('disconnect', stop);
process.send?.({ up: 'director' });
void registerForEver();
// A demo that was played before is not played again: its hosts are as the first time left them.
if (settings.play === 'a' && (await client.proposals({ limit: 1 })).items.length === 0)
  await play().catch((error: unknown) =>
    say(`the scenario stopped: ${error instanceof Error ? error.message : String(error)}`),
  );
