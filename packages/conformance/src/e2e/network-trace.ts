/** What a process does on the network, as the kernel saw it: every connect and every socket it listens on. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

export interface NetworkTrace {
  /** Ends the trace; `address:port` of every connect in order, unix sockets as `unix:path`. */
  readonly stop: () => Promise<readonly Connect[]>;
}

export interface Connect {
  readonly address: string;
  /** The line of the trace. */
  readonly line: string;
}

const STRACE = '/usr/bin/strace';
const SYSCALLS = 'connect,bind,listen,accept,accept4,sendto,sendmsg,sendmmsg';
const ATTACH_MS = 15_000;

export const canTrace = (): boolean => existsSync(STRACE) && process.getuid?.() === 0;

/** Returns once the tracer is attached to all threads: nothing that happens from now on is missed. */
export async function traceNetwork(pid: number, file: string): Promise<NetworkTrace> {
  const tracer = spawn(STRACE, ['-f', '-yy', '-e', `trace=${SYSCALLS}`, '-s', '0', '-o', file, '-p', String(pid)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise<void>((done) => tracer.once('exit', () => done()));
  await new Promise<void>((done, fail) => {
    const late = setTimeout(() => fail(new Error('the tracer does not attach')), ATTACH_MS);
    tracer.once('error', fail);
    tracer.stderr.on('data', (said: Buffer) => {
      if (!said.includes('attached')) return;
      clearTimeout(late);
      done();
    });
  });
  return {
    async stop() {
      tracer.kill('SIGINT');
      await ended;
      return connectsIn(readFileSync(file, 'utf8'));
    },
  };
}

const INET = /\bconnect\(.*sin_port=htons\((?<port>\d+)\), sin_addr=inet_addr\("(?<host>[^"]+)"\)/;
const INET6 = /\bconnect\(.*sin6_port=htons\((?<port>\d+)\).*"(?<host>[0-9a-f:.]+)"/;
const UNIX = /\bconnect\(.*sun_path=@?"(?<path>[^"]*)"/;

/** Also datagrams with an address of their own: a name server is asked without any connect. */
export function connectsIn(trace: string): readonly Connect[] {
  return trace.split('\n').flatMap((line): readonly Connect[] => {
    const inet = (INET.exec(line) ?? INET6.exec(line))?.groups;
    if (inet !== undefined) return [{ address: `${inet['host'] ?? ''}:${inet['port'] ?? ''}`, line }];
    const path = UNIX.exec(line)?.groups?.['path'];
    if (path !== undefined) return [{ address: `unix:${path}`, line }];
    const isSurprise = /\bconnect\(|\blisten\(|\bbind\(|\baccept4?\(|\bsend(?:to|msg|mmsg)\(.*sin6?_addr/.test(line);
    return isSurprise && !/ resumed>| = -1 E(?:INTR|AGAIN)/.test(line) ? [{ address: `other:${line}`, line }] : [];
  });
}

/** `address:port` of every TCP socket on which the process listens, from the kernel's own tables. */
export function listenersOf(pid: number): readonly string[] {
  const inodes = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => /^socket:\[(\d+)\]$/.exec(linkOf(pid, fd))?.[1] ?? []),
  );
  return ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .flatMap(([, local = '', , state, , , , , , inode = '']) =>
        state === LISTEN && inodes.has(inode) ? [local] : [],
      ),
  );
}

const LISTEN = '0A';

function linkOf(pid: number, fd: string): string {
  try {
    return readlinkSync(join('/proc', String(pid), 'fd', fd));
  } catch {
    // Closed between the two looks.
    return '';
  }
}
