/** Certificates of gateways over HTTP. Enrolment and renewal are served at the enclave door; people invite and shut out at the API. */
import { object, ok, parseId, refuse, text, type EnclaveId, type Result, type Shape } from '@countersign/core';
import { dsseShape, type DsseEnvelope } from '@countersign/seal';
import type { Deps } from '../../deps.ts';
import { json, openRoute, route, type RouteDefinition } from '../../http/index.ts';
import { RateLimit } from '../../http/rate-limit.ts';
import { knownPerson } from '../../signals/known-person.ts';
import { enrol, invite, renew, shutOut, type Door } from './enrolment.ts';

interface Enrolment {
  readonly secret: string;
  readonly request: DsseEnvelope;
}
const enrolmentShape: Shape<Enrolment> = object<Enrolment>({
  secret: text({ min: 64, max: 64, pattern: /^[0-9a-f]{64}$/ }),
  request: dsseShape,
});
interface Renewal {
  readonly request: DsseEnvelope;
}
const renewalShape: Shape<Renewal> = object<Renewal>({ request: dsseShape });

/** A certificate is no authority over targets: whoever runs enclaves may let a gateway in. */
const INVITERS = ['registrar', 'runner-operator', 'operator'] as const;
const STRANGERS_A_MINUTE = 30;
const MINUTE_MS = 60_000;

const enclaveIn = (params: Readonly<Record<string, string>>): Result<EnclaveId> => {
  const enclave = parseId<'Enclave'>(params['id'] ?? '');
  return enclave === undefined ? refuse('not-found', 'no enclave has this id') : ok(enclave);
};

/** Served where people are; `door` absent: this installation has none. */
export const gatewayRoutes = (deps: Deps, door: Door | undefined): readonly RouteDefinition[] => [
  route({
    method: 'POST',
    url: '/api/v1/enclaves/:id/invitations',
    who: ['person'],
    summary: 'Invites a gateway: the answer holds a secret that is good once, for ten minutes',
    async handle({ principal, params, commit }) {
      const person = await knownPerson(deps, principal, { roles: INVITERS, clause: 'O4' });
      if (!person.ok) return person;
      const enclave = enclaveIn(params);
      if (!enclave.ok) return enclave;
      if (door === undefined) return refuse('no-enclave-door', 'this server has no door for enclaves');
      return commit(async (work) => ok(json(await invite(work, door, enclave.value))));
    },
  }),
  route({
    method: 'POST',
    url: '/api/v1/enclaves/:id/shut-out',
    who: ['person'],
    summary: 'Ends all certificates and invitations of an enclave at once; coming back needs a new invitation',
    async handle({ principal, params, commit }) {
      const person = await knownPerson(deps, principal, { clause: 'O4' });
      if (!person.ok) return person;
      const enclave = enclaveIn(params);
      if (!enclave.ok) return enclave;
      return commit(async (work) => ok(json({ enclave: enclave.value, ended: await shutOut(work, enclave.value) })));
    },
  }),
];

/** Served at the enclave door only. */
export function doorRoutes(deps: Deps, door: Door): readonly RouteDefinition[] {
  const strangers = new RateLimit(STRANGERS_A_MINUTE, MINUTE_MS);
  return [
    openRoute<Enrolment>({
      method: 'POST',
      url: '/api/v1/enclaves/enrolment',
      summary: 'A gateway with a one-time secret gets its first certificate',
      body: enrolmentShape,
      async handle({ body }) {
        if (!strangers.allows(Date.parse(deps.clock())))
          return refuse('too-many', 'too many enrolments are tried at the moment');
        const answer = await enrol(deps, door, body);
        return answer.ok ? ok(json(answer.value)) : answer;
      },
    }),
    route<Renewal>({
      method: 'POST',
      url: '/api/v1/enclaves/:id/certificate',
      who: ['enclave'],
      summary: 'A gateway renews the certificate it came with',
      body: renewalShape,
      async handle({ principal, params, body, commit }) {
        const enclave = enclaveIn(params);
        if (!enclave.ok) return enclave;
        if (enclave.value !== principal.id)
          return refuse('forbidden', 'a gateway renews its own certificate and no other', { clause: 'O4' });
        const name = { organisation: principal.organisation, enclave: enclave.value };
        return commit(async (work) => {
          const answer = await renew(work, door, { name, request: body.request });
          return answer.ok ? ok(json(answer.value)) : answer;
        });
      },
    }),
  ];
}
