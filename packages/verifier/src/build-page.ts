/**
 * The verifier as one file: program and style inside, a policy that allows these two by hash and no network at all. It opens from a disk.
 * The same sources make the same bytes, so its digest can be published and pinned.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const HERE = import.meta.dirname;
const ROOT = join(HERE, '../../..');
const MAX_BYTES = 16_777_216;
/** Not minified: whoever pins the file can read it. */
const HOW = [
  '--bundle',
  '--format=iife',
  '--target=es2023',
  '--charset=ascii',
  '--legal-comments=none',
  '--log-level=error',
  `--alias:node:crypto=${join(HERE, 'browser-crypto.ts')}`,
  `--inject:${join(HERE, 'browser-buffer.ts')}`,
];

/** The bundler is called as the program it is: no package of this workspace loads it. */
function bundled(): string {
  const esbuild = join(ROOT, 'node_modules', '.bin', 'esbuild');
  const options = { cwd: ROOT, encoding: 'utf8', maxBuffer: MAX_BYTES } as const;
  const { status, stdout, stderr } = spawnSync(esbuild, [join(HERE, 'page.ts'), ...HOW], options);
  if (status !== 0) throw new Error(`the page cannot be bundled: ${stderr.slice(-1000)}`);
  return stdout;
}

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

export function buildPage(program: string = bundled()): string {
  const style = readFileSync(join(HERE, 'page.css'), 'utf8');
  // An end of the element inside the text would end it, whatever the program meant by it.
  if (/<\/script|<!--/i.test(program)) throw new Error('the program holds text that would end its own element');
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(program)}`,
    `style-src ${hashOf(style)}`,
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
<title>Countersign verifier</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>Countersign verifier</h1>
<p>Checks an evidence bundle or an export on this machine, without a server: signatures, approvals, record and witnesses.</p>
<div id="choosers"></div>
<p id="said" role="status"></p>
<div id="verdict"><noscript>This page computes; it needs JavaScript. Without it: cs verify FILE --roots ROOT</noscript></div>
</main>
<script>${program}</script>
</body>
</html>
`;
}
