/** One HTTP request of the floor program, over kept connections, with nothing around it. */
import { request, type Agent } from 'node:http';

export interface FloorCall {
  readonly agent: Agent;
  readonly port: number;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
}

export function call({ agent, port, method, path, body }: FloorCall): Promise<string> {
  const headers =
    body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  return new Promise((done, fail) => {
    const sent = request({ host: '127.0.0.1', port, method, path, agent, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => done(Buffer.concat(chunks).toString('utf8')));
      answer.on('error', fail);
    });
    sent.on('error', fail);
    sent.end(body);
  });
}
