/**
 * What a host's service does when it starts: reads its own files, checks its configuration, links its libraries.
 * Nothing else decides whether it runs; there is no switch that makes a host fail.
 */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { integer, object, ok, readShape, refuse, type Result, type Shape } from '@countersign/core';
import {
  appConfShape,
  opensslShape,
  validatorShape,
  type AppConf,
  type OpensslManifest,
  type ValidatorManifest,
} from '../manifests.ts';

export interface Loaded {
  readonly versions: { readonly openssl: string; readonly tlsValidator: string; readonly config: string };
  readonly conf: AppConf;
}

/** Far above any honest manifest; a larger file is not read. */
const FILE_BYTES = 65_536;

export function loadHost(root: string): Result<Loaded> {
  const openssl = readDocument(root, 'lib/openssl.json', opensslShape);
  if (!openssl.ok) return openssl;
  const validator = readDocument(root, 'lib/tls-validator.json', validatorShape);
  if (!validator.ok) return validator;
  const conf = readDocument(root, 'etc/app.conf', appConfShape);
  if (!conf.ok) return conf;
  const problem = linkProblem(validator.value.document, openssl.value.document);
  if (problem !== undefined) return refuse('not-linked', problem);
  const versions = {
    openssl: openssl.value.document.version,
    tlsValidator: validator.value.document.version,
    config: `sha256:${createHash('sha256').update(conf.value.bytes).digest('hex')}`,
  };
  return ok({ versions, conf: conf.value.document });
}

/** Latency of the upstream as it is now; it belongs to the surroundings, so it is read at every probe. */
export function readUpstreamLatencyMs(root: string): Result<number> {
  const upstream = readDocument(root, 'etc/upstream.json', upstreamShape);
  return upstream.ok ? ok(upstream.value.document.latencyMs) : upstream;
}

/** The dynamic linker's part: the API level must fit and every needed symbol must be provided. */
export function linkProblem(validator: ValidatorManifest, openssl: OpensslManifest): string | undefined {
  const { min, max } = validator.links.apiLevel;
  const who = `tls-validator ${validator.version}`;
  const library = `${openssl.soname}, openssl ${openssl.version}`;
  if (openssl.apiLevel < min || openssl.apiLevel > max)
    return `${who}: needs openssl API ${min} to ${max}, found ${openssl.apiLevel} (${library})`;
  const provided = new Set(openssl.provides);
  const missing = validator.links.symbols.find((symbol) => !provided.has(symbol));
  return missing === undefined ? undefined : `${who}: symbol lookup error: undefined symbol: ${missing} (${library})`;
}

const upstreamShape: Shape<{ readonly latencyMs: number }> = object<{ readonly latencyMs: number }>({
  latencyMs: integer({ min: 0, max: 3_600_000 }),
});

function readDocument<T>(
  root: string,
  path: string,
  shape: Shape<T>,
): Result<{ readonly document: T; readonly bytes: Buffer }> {
  const bytes = readBounded(join(root, path));
  if (bytes === undefined) return refuse('not-readable', `${path}: cannot open, or larger than ${FILE_BYTES} bytes`);
  const value = parseJson(bytes);
  if (value === undefined) return refuse('malformed', `${path}: is not JSON`);
  const read = readShape(shape, value);
  if (read.ok) return ok({ document: read.value, bytes });
  // A hostile key may stand in the pointer: JSON.stringify keeps it on one line and printable.
  const [first] = read.refusal.complaints ?? [];
  return refuse(
    'malformed',
    `${path}: ${JSON.stringify(first?.at.slice(0, 80) ?? '')} ${first?.problem ?? 'is wrong'}`,
  );
}

function readBounded(path: string): Buffer | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const { size } = fstatSync(file);
    return size > FILE_BYTES ? undefined : readFileSync(file);
  } catch {
    // Missing or unreadable are the same for a program that needs the file: it cannot start.
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
