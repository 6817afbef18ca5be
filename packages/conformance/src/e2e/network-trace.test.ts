import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { connectsIn, listenersOf } from './network-trace.ts';

test('X1: the trace names every address that was connected to, and what it cannot read it does not hide', () => {
  const trace = [
    '12 connect(21<TCP:[1]>, {sa_family=AF_INET, sin_port=htons(4600), sin_addr=inet_addr("127.0.0.1")}, 16) = 0',
    '12 connect(22<UDP:[2]>, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("10.0.0.2")}, 16) = 0',
    '12 connect(23<TCPv6:[3]>, {sa_family=AF_INET6, sin6_port=htons(443), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "::1", &sin6_addr), sin6_scope_id=0}, 28) = 0',
    '12 connect(24<UNIX-STREAM:[4]>, {sa_family=AF_UNIX, sun_path="/var/run/nscd/socket"}, 110) = -1 ENOENT',
    '12 listen(25<TCP:[5]>, 511) = 0',
    '12 sendto(26<UDP:[6]>, ""..., 40, 0, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("10.0.0.2")}, 16) = 40',
    '12 sendto(27<TCP:[127.0.0.1:1->127.0.0.1:2]>, ""..., 40, MSG_NOSIGNAL, NULL, 0) = 40',
    '12 +++ exited with 0 +++',
  ].join('\n');
  expect(connectsIn(trace).map(({ address }) => address.slice(0, 24))).toEqual([
    '127.0.0.1:4600',
    '10.0.0.2:53',
    '::1:443',
    'unix:/var/run/nscd/socke',
    'other:12 listen(25<TCP:[',
    'other:12 sendto(26<UDP:[',
  ]);
});

test('X1: a process that listens is seen to listen', async () => {
  expect(listenersOf(process.pid)).toEqual([]);
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  expect(listenersOf(process.pid)).toHaveLength(1);
  await new Promise((done) => server.close(done));
});
