/** Retention and legal holds over HTTP (V2). */
import { ok } from '@countersign/core';
import type { Deps } from '../deps.ts';
import { json, route, type RouteDefinition } from '../http/index.ts';
import { knownPerson } from '../signals/known-person.ts';
import {
  HOLD_ROLES,
  liftOf,
  liftShape,
  listHolds,
  newHoldShape,
  setHold,
  type LiftBody,
  type NewHold,
} from './holds.ts';
import { runRetention, whatIsDue } from './retention.ts';

export const retentionRoutes = (deps: Deps): readonly RouteDefinition[] => [
  due(deps),
  run(deps),
  holds(deps),
  route<NewHold>({
    method: 'POST',
    url: '/api/v1/holds',
    summary: 'Keeps what is recorded of remediations or of a period, whatever the retention says; one person',
    who: ['person'],
    body: newHoldShape,
    handle: (exchange) => setHold(deps, exchange),
  }),
  route<LiftBody>({
    method: 'POST',
    url: '/api/v1/holds/:name/lift',
    summary: 'Asks to lift a hold, or confirms what another person asked: it takes two',
    who: ['person'],
    body: liftShape,
    handle: (exchange) => liftOf(deps, exchange),
  }),
];

const due = (deps: Deps): RouteDefinition =>
  route({
    method: 'GET',
    url: '/api/v1/retention',
    summary: 'Days by kind and environment as the envelope in force says, and what a run would take now',
    who: ['person'],
    async handle({ principal, now }) {
      const kinds = await whatIsDue(deps, principal.organisation, now);
      return kinds.ok ? ok(json({ kinds: kinds.value })) : kinds;
    },
  });

const run = (deps: Deps): RouteDefinition =>
  route({
    method: 'POST',
    url: '/api/v1/retention/run',
    summary: 'Takes now what the daily run would take: bodies whose time is over, with a tombstone and a leaf',
    who: ['person'],
    async handle({ principal, actor }) {
      const person = await knownPerson(deps, principal, { roles: [...HOLD_ROLES, 'operator'], clause: 'V2' });
      if (!person.ok) return person;
      const kinds = await runRetention(deps, actor);
      return kinds.ok ? ok(json({ kinds: kinds.value })) : kinds;
    },
  });

const holds = (deps: Deps): RouteDefinition =>
  route({
    method: 'GET',
    url: '/api/v1/holds',
    summary: 'Legal holds, the newest first; those that were lifted too',
    who: ['person'],
    async handle({ principal }) {
      return ok(json({ items: await listHolds(deps, principal.organisation) }));
    },
  });
