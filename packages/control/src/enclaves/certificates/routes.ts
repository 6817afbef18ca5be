/** Certificates of gateways over HTTP. Enrolment and renewal are served at the enclave door; people invite and shut out at the API. */
import { object, ok, parseId, refuse, text, type EnclaveId, type Result, type Shape } from '@countersign/core';
import { dsseShape, type DsseEnvelope } from '@countersign/seal';
import type { Deps } from '../../deps.ts';
import { json, openRoute, route, type RouteDefinition } from '../../http/index.ts';
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
/** Of one address. */
const ENROLMENTS_A_MINUTE = 30;

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
      const bundle = (await deps.trust.bundle(principal.organisation))?.bundle;
      return commit(async (work) => {
        const ended = await shutOut(work, enclave.value, bundle);
        return ended.ok ? ok(json({ enclave: enclave.value, ended: ended.value })) : ended;
      });
    },
  }),
];

/** Served at the enclave door only. */
export function doorRoutes(deps: Deps, door: Door): readonly RouteDefinition[] {
  return [
    openRoute<Enrolment>({
      method: 'POST',
      url: '/api/v1/enclaves/enrolment',
      summary: 'A gateway with a one-time secret gets its first certificate',
      strangersAMinute: ENROLMENTS_A_MINUTE,
      body: enrolmentShape,
      async handle({ body }) {
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
      async handle({ principal, means, params, body, commit }) {
        const enclave = enclaveIn(params);
        if (!enclave.ok) return enclave;
        if (enclave.value !== principal.id)
          return refuse('forbidden', 'a gateway renews its own certificate and no other', { clause: 'O4' });
        if (means?.kind !== 'certificate')
          return refuse('forbidden', 'only who came with a certificate renews it', { clause: 'O4' });
        const { serial } = means;
        const name = { organisation: principal.organisation, enclave: enclave.value };
        return commit(async (work) => {
          const answer = await renew(work, door, { name, serial, request: body.request });
          return answer.ok ? ok(json(answer.value)) : answer;
        });
      },
    }),
  ];
}
