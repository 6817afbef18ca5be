/**
 * How the principals of the demo call control: people, sources and the witness with their tokens, the agent with a token of minutes
 * and a proof of its key, a gateway at the enclave door with the certificate that it got there.
 */
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { AgentCredential, connect, type Client } from '@countersign/client';
import { demoFiles } from '../demo/files.ts';
import { Keyring } from '../demo/keyring.ts';
import { DEMO_ORGANISATION } from '../demo/people.ts';
import type { System } from './start-system.ts';

/** One for each system: a token is asked for once in its minutes. */
const credentials = new WeakMap<System, Map<string, AgentCredential>>();

function credentialOf(system: System, agent: string): AgentCredential {
  const known = credentials.get(system) ?? new Map<string, AgentCredential>();
  credentials.set(system, known);
  const credential = known.get(agent) ?? newCredential(system, agent);
  known.set(agent, credential);
  return credential;
}

const newCredential = ({ state, url, port }: System, agent: string): AgentCredential =>
  new AgentCredential({
    url,
    origin: `http://localhost:${port}`,
    clientId: `${DEMO_ORGANISATION}/${agent}`,
    proof: { kind: 'key', pem: readFileSync(new Keyring(demoFiles(state).keys).fileOf(`agents/${agent}`), 'utf8') },
  });

/** What a request of `kind:id` carries; once, when it is the agent's. */
export async function headersOf(
  system: System,
  principal: string,
  { method, url }: { readonly method: string; readonly url: string },
): Promise<Readonly<Record<string, string>>> {
  const agent = /^agent:(.+)$/.exec(principal)?.[1];
  if (agent !== undefined) return credentialOf(system, agent).headers(method, url);
  const token = system.tokens[principal];
  if (token === undefined) throw new Error(`the demo has no token for ${principal}`);
  return { authorization: `Bearer ${token}` };
}

export function clientOf(system: System, principal: string): Client {
  const [kind, id = ''] = principal.split(':');
  if (kind === 'agent') return connect({ url: system.url, agent: credentialOf(system, id) });
  if (kind === 'enclave') return gatewayOf(system, id);
  const token = system.tokens[principal];
  if (token === undefined) throw new Error(`the demo has no token for ${principal}`);
  return connect({ url: system.url, token });
}

/** Reads only, as whoever holds the files of the gateway could. */
function gatewayOf({ state }: System, enclave: string): Client {
  const folder = demoFiles(state).enclave(enclave);
  const url = /"url": "(https:[^"]+)"/.exec(readFileSync(join(folder, 'gateway.json'), 'utf8'))?.[1];
  if (url === undefined) throw new Error(`the gateway of ${enclave} does not call a door`);
  const pem = (name: string): string => readFileSync(join(folder, 'identity', name), 'utf8');
  const shown = { key: pem('gateway.key'), cert: pem('certificate.pem'), ca: pem('authority.pem') };
  return connect({
    url,
    fetch: (address) =>
      new Promise((done, fail) => {
        const asked = request(new URL(address instanceof Request ? address.url : address), shown, (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('end', () => done(new Response(Buffer.concat(chunks), { status: answer.statusCode ?? 0 })));
        });
        asked.once('error', fail).end();
      }),
  });
}
