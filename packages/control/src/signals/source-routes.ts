/** Sources over HTTP (D8): everybody sees the registry; a policy admin describes what a source sends and detects. */
import { ok, refuse, sourceDescriptionShape, type SourceDescription } from '@countersign/core';
import type { Deps } from '../deps.ts';
import { json, route, type RouteDefinition } from '../http/index.ts';
import { demandPerson, knownPerson } from './known-person.ts';
import { loadSources } from './registry.ts';

export const sourceRoutes = (deps: Deps): readonly RouteDefinition[] => [listRoute(deps), describeRoute(deps)];

const listRoute = (deps: Deps): RouteDefinition =>
  route({
    method: 'GET',
    url: '/api/v1/sources',
    who: ['person', 'agent', 'source'],
    summary: 'Registered sources of signals: lineage, owner, formats, detection categories, scale of severity',
    async handle({ principal: { organisation } }) {
      const items = await loadSources(deps.store, organisation, await deps.trust.lineages(organisation));
      return ok(json({ items }));
    },
  });

const describeRoute = (deps: Deps): RouteDefinition =>
  route<SourceDescription>({
    method: 'POST',
    url: '/api/v1/sources/:id',
    who: ['person'],
    summary:
      'Describes a registered source; its lineage comes with the trust bundle or the installation and is not changed here',
    body: sourceDescriptionShape,
    async handle({ principal, params, body, commit }) {
      const { organisation } = principal;
      const person = await knownPerson(deps, principal, { roles: ['policy-admin'], clause: 'D8' });
      if (!person.ok) return person;
      const owner = await demandPerson(deps, organisation, { id: body.owner, clause: 'D8' });
      if (!owner.ok) return owner;
      const id = params['id'] ?? '';
      const known = (await deps.trust.lineages(organisation)).find(({ source }) => source === id);
      if (known === undefined) return refuse('not-found', 'no source of this id is registered', { clause: 'D8' });
      const described = {
        owner: body.owner,
        formats: JSON.stringify(body.formats),
        categories: JSON.stringify(body.categories),
        scale: JSON.stringify(body.scale),
      };
      return commit(async ({ db, leaf }) => {
        await db
          .insertInto('source')
          .values({ organisation, id, lineage: JSON.stringify(known.lineage), ...described })
          .onConflict((conflict) => conflict.columns(['organisation', 'id']).doUpdateSet(described))
          .execute();
        leaf({ event: 'source.described', subject: `source:${id}`, correlation: '', body: { source: id, ...body } });
        return ok(json({ source: id, lineage: known.lineage, ...body }));
      });
    },
  });
