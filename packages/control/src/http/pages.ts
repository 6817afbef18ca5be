/** The console's files. One page serves every address of the console; addresses of the API never fall back to it. */
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyRequest } from 'fastify';

export async function servePages(app: FastifyInstance, folder: string): Promise<void> {
  await app.register(fastifyStatic, {
    root: folder,
    wildcard: false,
    index: ['index.html'],
    dotfiles: 'deny',
    cacheControl: false,
  });
}

/** Whether a browser asks for an address of the console, such as `/sign/P-1`. */
export function isPage(request: FastifyRequest): boolean {
  const path = request.url.split('?')[0] ?? '';
  const isFile = /\.[a-z0-9]+$/i.test(path) || path.startsWith('/api/');
  return request.method === 'GET' && !isFile && (request.headers.accept ?? '').includes('text/html');
}
