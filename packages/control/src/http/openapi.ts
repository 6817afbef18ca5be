/** The OpenAPI 3.1 description, made from the shapes that check the requests. */
import type { JsonSchema } from '@countersign/core';
import type { SwaggerOptions } from '@fastify/swagger';
import type { RouteDefinition } from './route.ts';

export const openApi: SwaggerOptions = {
  openapi: {
    openapi: '3.1.0',
    info: {
      title: 'Countersign',
      version: '1',
      description: 'Control plane between AI agents and production. Errors are problem+json (RFC 9457).',
    },
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
  },
};

const texts: JsonSchema = { type: 'array', items: { type: 'string' } };
const problem: JsonSchema = {
  description: 'Refused: why, by which rule, and what to do next',
  content: {
    'application/problem+json': {
      schema: {
        type: 'object',
        required: [
          'type',
          'title',
          'status',
          'detail',
          'code',
          'eligible',
          'next',
          'missing',
          'complaints',
          'requestId',
        ],
        properties: {
          type: { type: 'string' },
          title: { type: 'string' },
          status: { type: 'integer' },
          detail: { type: 'string' },
          code: { type: 'string' },
          clause: { type: 'string' },
          eligible: texts,
          next: texts,
          missing: texts,
          complaints: {
            type: 'array',
            items: {
              type: 'object',
              properties: { at: { type: 'string' }, problem: { type: 'string' } },
              required: ['at', 'problem'],
            },
          },
          requestId: { type: 'string' },
        },
      },
    },
  },
};

/** First part of the path after the version: `proposals`, `record` … */
const tagOf = (url: string): string => /^\/api\/v1\/([a-z-]+)/.exec(url)?.[1] ?? 'pages';

export function describeRoute(definition: RouteDefinition): Readonly<Record<string, unknown>> {
  const { body, query, response } = definition.schema;
  const isOpen = definition.who === 'open';
  return {
    summary: definition.summary,
    tags: [tagOf(definition.url)],
    ...(body && { body }),
    ...(query && { querystring: query }),
    ...(isOpen ? {} : { security: [{ token: [] }], description: `Tokens of kind ${definition.who.join(', ')}.` }),
    response: {
      '2xx': { description: 'Done', ...(response ?? { type: 'object', additionalProperties: true }) },
      default: problem,
    },
  };
}
