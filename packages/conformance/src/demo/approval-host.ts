// Stands for the customer's own web server in the demo: it hosts the approval page on an origin that is not control's (A2).
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { demoFiles } from './files.ts';

const CLI = fileURLToPath(new URL('../../../client/src/cli.ts', import.meta.url));
/** What the page itself cannot say in its own policy: nobody may put it into a frame. */
const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': "frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
} as const;

const need = (name: string): string => {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`${name} is not set`);
  return value;
};

const files = demoFiles(need('STATE_DIR'));
mkdirSync(dirname(files.approvalPage), { recursive: true, mode: 0o700 });
const built = ['approval-page', 'build', '-o', files.approvalPage, '--control', need('CONTROL_ORIGIN'), '--json'];
execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', CLI, ...built], { stdio: 'pipe' });
const page = readFileSync(files.approvalPage);

const server = createServer((request, response) => {
  if (request.method === 'GET' && request.url === '/') response.writeHead(200, HEADERS).end(page);
  else response.writeHead(404).end();
});

/** Passkeys are pinned to the origin, so a second start keeps the port of the first. */
const before = existsSync(files.approvalUrl)
  ? URL.parse(readFileSync(files.approvalUrl, 'utf8').trim())?.port
  : undefined;
const wanted = Number(before ?? need('APPROVAL_PORT'));

function announce(): void {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the approval page has no port');
  const url = `http://localhost:${address.port}`;
  writeFileSync(files.approvalUrl, `${url}/\n`);
  process.send?.({ up: { url } });
}

server.once('error', (error) => {
  if (before !== undefined) throw error;
  // The neighbouring port belongs to somebody else: any other will do, and is kept from now on.
  server.listen(0, '127.0.0.1', announce);
});
server.listen(wanted, '127.0.0.1', announce);
const stop = (): void => {
  process.exit(0);
};
process.on('SIGTERM', stop).on('disconnect', stop);
