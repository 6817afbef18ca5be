/**
 * The door gateways come in by (O4): TLS 1.3, a certificate of this installation's authority on both sides, and no other address behind
 * it than the ones a gateway calls. Without a certificate only enrolment answers.
 */
import type { TLSSocket } from 'node:tls';
import type { Socket } from 'node:net';
import type { OrganisationId, Result } from '@countersign/core';
import { generateSigner, signerPem } from '@countersign/seal';
import type { FastifyInstance } from 'fastify';
import type { Deps } from '../deps.ts';
import { buildApp, type AppParts } from '../http/app.ts';
import type { Caller } from '../http/principal.ts';
import type { RouteDefinition } from '../http/route.ts';
import { gatewayOf, serialOf } from './certificates/authority.ts';
import { SHUT_OUT, StandingCertificates, type Door } from './certificates/enrolment.ts';
import { doorRoutes } from './certificates/routes.ts';

/** A gateway that was shut out is cut off even while it waits in a long poll. */
const CHECK_MS = 3000;
/** Well before the certificate of the door itself is over. */
const REFRESH_MS = 6 * 3_600_000;

export interface DoorPlan {
  readonly door: Door;
  /** Names and IPv4 addresses the certificate of the door holds for. */
  readonly names: readonly string[];
  /** What enclaves call: poll and reports. */
  readonly routes: readonly RouteDefinition[];
  readonly app: Omit<AppParts, 'routes' | 'tls' | 'certified' | 'consoleDir' | 'identities' | 'hosts'>;
}

export async function openDoor(deps: Deps, { door, names, routes, app: parts }: DoorPlan): Promise<FastifyInstance> {
  const standing = new StandingCertificates(deps);
  const inside = new Map<Socket, Certificate>();
  const context = (): { readonly key: string; readonly cert: string } => {
    const key = generateSigner('p256');
    return { key: signerPem(key), cert: door.authority.certifyServer(names, key.publicKey).certificate };
  };
  const tls = {
    ...context(),
    ca: door.authority.certificate,
    requestCert: true,
    // Enrolment comes without one; every other address asks for it in `certified`.
    rejectUnauthorized: false,
    minVersion: 'TLSv1.3',
  } as const;
  const app = await buildApp({
    ...parts,
    hosts: new Set(),
    routes: [...routes, ...doorRoutes(deps, door)],
    tls,
    certified: (socket) => certifiedCaller(socket, { standing, inside }),
  });
  const server = app.server as unknown;
  const timer = setInterval(() => {
    if (hasSecureContext(server)) server.setSecureContext({ ...tls, ...context() });
  }, REFRESH_MS).unref();
  const checking = setInterval(() => void cutOff(inside, standing), CHECK_MS).unref();
  app.addHook('onClose', async () => {
    clearInterval(timer);
    clearInterval(checking);
  });
  return app;
}

interface Certificate {
  readonly organisation: OrganisationId;
  readonly serial: string;
}

async function cutOff(inside: ReadonlyMap<Socket, Certificate>, standing: StandingCertificates): Promise<void> {
  for (const [socket, { organisation, serial }] of inside) {
    // A question that cannot be answered is a no: the gateway comes again.
    const counts = await standing.counts(organisation, serial).catch(() => false);
    if (!counts) socket.destroy();
  }
}

interface Renewable {
  readonly setSecureContext: (context: object) => void;
}
const hasSecureContext = (server: unknown): server is Renewable =>
  typeof server === 'object' && server !== null && 'setSecureContext' in server;

const isTls = (socket: Socket): socket is TLSSocket => 'getPeerX509Certificate' in socket;

/** Who came in: the chain was checked by TLS, the name and whether it still counts are checked here. */
async function certifiedCaller(
  socket: Socket,
  { standing, inside }: { readonly standing: StandingCertificates; readonly inside: Map<Socket, Certificate> },
): Promise<Result<Caller | undefined>> {
  const certificate = isTls(socket) && socket.authorized ? socket.getPeerX509Certificate() : undefined;
  if (certificate === undefined) return { ok: true, value: undefined };
  const gateway = gatewayOf(certificate);
  const serial = serialOf(certificate);
  if (gateway === undefined || !(await standing.counts(gateway.organisation, serial))) return SHUT_OUT;
  if (!inside.has(socket)) {
    inside.set(socket, { organisation: gateway.organisation, serial });
    socket.once('close', () => inside.delete(socket));
  }
  const principal = { organisation: gateway.organisation, kind: 'enclave', id: gateway.enclave } as const;
  return { ok: true, value: { principal, means: { kind: 'certificate', serial } } };
}
