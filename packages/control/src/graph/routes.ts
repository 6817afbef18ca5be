/** What the owner of the graph asks of the one in force (G1, G3), and the room that a graph is given on its way in. */
import { ok, refuse } from '@countersign/core';
import type { Deps } from '../deps.ts';
import { json, route, type RouteDefinition } from '../http/index.ts';
import { GraphReports } from './graph-reports.ts';
import { ownersOf } from './owners.ts';

export function graphRoutes(deps: Deps): readonly RouteDefinition[] {
  const reports = new GraphReports();
  return [
    route({
      method: 'GET',
      url: '/api/v1/graph/owners',
      who: ['person', 'agent'],
      summary: 'Who owns how much of the system graph in force, by tier, and what critical things nobody owns',
      async handle({ principal: { organisation } }) {
        const owners = await ownersOf(deps.store, organisation);
        return owners.ok ? ok(json(owners.value)) : owners;
      },
    }),
    route({
      method: 'GET',
      url: '/api/v1/graph/report',
      who: ['person', 'agent'],
      summary: 'What is lowered, of unknown tier, unowned, dangling or circular in the system graph in force',
      async handle({ principal: { organisation } }) {
        const graph = await deps.trust.graph(organisation);
        if (graph === undefined) return refuse('no-graph', 'no system graph is installed');
        return ok(json(reports.of(organisation, graph)));
      },
    }),
  ];
}
