/** `cs version`: of this program, and of the server when it answers. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readShape } from '@countersign/core';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { safe } from '../cli/safe-text.ts';
import { Problem } from '../sdk/problem.ts';
import { anyText, view } from '../sdk/view-shape.ts';
import type { Health } from '../sdk/views.ts';

const manifest = view<{ readonly version: string }>({ version: anyText });

export const ownVersion = (): string => {
  const read = readShape(manifest, JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')));
  return read.ok ? read.value.version : 'unknown';
};

export async function version(context: Context): Promise<ExitCode> {
  const { output, settings } = context;
  const server = await serverHealth(context);
  const client = { version: ownVersion(), node: process.versions.node };
  if (settings.isJson) output.json({ client, ...(server !== undefined && { server }) });
  else
    output.lines([
      `cs ${client.version}, Node ${client.node}`,
      server === undefined
        ? `no server answers at ${settings.url}`
        : `server ${safe(server.version)} (${safe(server.instance)}) at ${settings.url}`,
    ]);
  return EXIT.ok;
}

async function serverHealth({ client }: Context): Promise<Health | undefined> {
  try {
    return await client.health();
  } catch (error) {
    // A version is told with and without a server.
    if (error instanceof Problem) return undefined;
    throw error;
  }
}
