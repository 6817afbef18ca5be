import { createServer, type Server } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { openFrontDoor, type FrontDoor } from './front-door.ts';

const servers: Server[] = [];
let door: FrontDoor | undefined;
afterEach(async () => {
  await door?.close();
  door = undefined;
  for (const server of servers.splice(0)) await stop(server);
});

const stop = (server: Server): Promise<unknown> => {
  server.closeAllConnections();
  return new Promise((done) => server.close(done));
};

async function backend(name: string): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer((_request, response) => response.end(name));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  servers.push(server);
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  return { server, port: address.port };
}

test('a connection goes to the first backend, to the next when that one is gone, and nowhere when none is left', async () => {
  const [first, second] = [await backend('first'), await backend('second')];
  door = await openFrontDoor(() => [first.port, second.port]);
  const ask = async (): Promise<string> =>
    (await fetch(`http://127.0.0.1:${door?.port}/`, { headers: { connection: 'close' } })).text();
  expect(await ask()).toBe('first');
  await stop(first.server);
  expect(await ask()).toBe('second');
  await stop(second.server);
  await expect(ask()).rejects.toThrow('fetch failed');
});
