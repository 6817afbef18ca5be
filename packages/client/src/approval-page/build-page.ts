/**
 * The approval page as one file (A2): program and style inside, a policy that allows these two by hash and one address to ask, and
 * nothing else. The same sources and the same address make the same bytes, so whoever hosts it can pin its hash.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeBase64, sha256 } from '@countersign/seal';
import { EXIT } from '../cli/exit-codes.ts';
import { Failure, usage } from '../cli/failure.ts';

const ROOT = join(import.meta.dirname, '../../../..');
const SOURCE = join(ROOT, 'packages/console/src/own-page');
const MAX_BYTES = 8_388_608;
/** Not minified: whoever pins the file can read it. */
const HOW = [
  '--bundle',
  '--format=iife',
  '--target=es2023',
  '--charset=ascii',
  '--legal-comments=none',
  '--log-level=error',
];

/** `control` is the one origin the page may ask. */
export const buildApprovalPage = (control: string): string =>
  pageOf(controlOrigin(control), { program: bundled(), style: readFileSync(join(SOURCE, 'own-page.css'), 'utf8') });

export function controlOrigin(text: string): string {
  const url = URL.parse(text);
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && url.hostname === 'localhost');
  // A star in a policy would be a pattern.
  if (url === null || !isSafe || url.origin !== text || !/^[a-z0-9.-]+$/.test(url.hostname))
    throw usage('`--control` must be an origin like `https://control.example` or `http://localhost:4600`');
  return url.origin;
}

/** The bundler is called as the program it is: no package of this workspace loads it. */
function bundled(): string {
  const esbuild = join(ROOT, 'node_modules', '.bin', 'esbuild');
  const { status, stdout, stderr } = spawnSync(esbuild, [join(SOURCE, 'own-page.ts'), ...HOW], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: MAX_BYTES,
  });
  if (status === 0) return stdout;
  throw new Failure(EXIT.failed, {
    code: 'page-not-built',
    detail: `the page cannot be bundled: ${stderr.slice(-400)}`,
  });
}

interface Parts {
  readonly program: string;
  readonly style: string;
}

export function pageOf(control: string, { program, style }: Parts): string {
  // An end of the element inside the text would end it, whatever the program meant by it.
  if (/<\/script|<!--/i.test(program) || /<\/style|<!--/i.test(style))
    throw new Failure(EXIT.failed, {
      code: 'page-not-built',
      detail: 'the program holds text that would end its own element',
    });
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(program)}`,
    `style-src ${hashOf(style)}`,
    `connect-src ${control}`,
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="countersign-control" content="${control}">
<title>Approval page</title>
<style>${style}</style>
</head>
<body>
<main id="page"><noscript>This page recomputes what you sign, so it needs JavaScript. Without it: cs approve PROPOSAL --key FILE</noscript></main>
<script>${program}</script>
</body>
</html>
`;
}

const hashOf = (text: string): string => `'sha256-${encodeBase64(sha256(Buffer.from(text, 'utf8')))}'`;
