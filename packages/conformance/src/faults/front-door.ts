/** One address before several control processes, as a load balancer is: a connection goes to the first that takes it. */
import { connect, createServer, type Server, type Socket } from 'node:net';

export interface FrontDoor {
  readonly port: number;
  readonly close: () => Promise<void>;
}

const LOOPBACK = '127.0.0.1';

/** `backends` is asked for each connection, so that ports may be known later than the door. */
export async function openFrontDoor(backends: () => readonly number[]): Promise<FrontDoor> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    keep(sockets, client);
    void firstOf(backends()).then((backend) => {
      if (backend === undefined) return client.destroy();
      keep(sockets, backend);
      backend.once('close', () => client.destroy());
      client.once('close', () => backend.destroy());
      client.pipe(backend);
      return backend.pipe(client);
    });
  });
  await new Promise<void>((done, fail) => server.once('error', fail).listen(0, LOOPBACK, done));
  return { port: portOf(server), close: () => closeAll(server, sockets) };
}

function keep(sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket);
  // A broken connection is the caller's to notice; here it only ends.
  socket.on('error', () => socket.destroy());
  socket.once('close', () => sockets.delete(socket));
}

async function firstOf(ports: readonly number[]): Promise<Socket | undefined> {
  for (const port of ports) {
    const socket = await tryConnect(port);
    if (socket !== undefined) return socket;
  }
  return undefined;
}

function tryConnect(port: number): Promise<Socket | undefined> {
  return new Promise((done) => {
    const socket = connect(port, LOOPBACK);
    socket.once('error', () => done(undefined));
    socket.once('connect', () => done(socket));
  });
}

function portOf(server: Server): number {
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the front door has no port');
  return address.port;
}

function closeAll(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  for (const socket of sockets) socket.destroy();
  return new Promise((done) => void server.close(() => done()));
}
