/** One question to the agent on its own connection: bounded in size and in time, and nothing may follow the answer. */
import { connect } from 'node:net';
import { isAbsolute } from 'node:path';
import { ok, type Result } from '@countersign/core';
import { no } from '../codes.ts';
import { MAX_MESSAGE_BYTES } from './agent-messages.ts';

/** How long a path of a socket may be (`sun_path`). */
const MAX_SOCKET_PATH = 107;
const LENGTH_BYTES = 4;

export interface AgentPlace {
  /** SSH_AUTH_SOCK. */
  readonly socket: string | undefined;
  /** As long as a person may need to confirm or to touch a key. */
  readonly timeoutMs: number;
}

/** The body of the answer, without its length. */
export function askAgent({ socket, timeoutMs }: AgentPlace, question: Uint8Array): Promise<Result<Uint8Array>> {
  if (socket === undefined || socket === '')
    return Promise.resolve(no('agent-unreachable', 'SSH_AUTH_SOCK is not set: no SSH agent is known'));
  if (!isAbsolute(socket) || Buffer.byteLength(socket) > MAX_SOCKET_PATH)
    return Promise.resolve(no('agent-unreachable', 'SSH_AUTH_SOCK is not the full path of a socket'));
  if (question.length > MAX_MESSAGE_BYTES)
    return Promise.resolve(no('agent-refused', `an SSH agent signs at most ${MAX_MESSAGE_BYTES} bytes`));
  return new Promise((done) => {
    const connection = connect({ path: socket });
    let received = Buffer.alloc(0);
    const end = (result: Result<Uint8Array>): void => {
      clearTimeout(timer);
      connection.destroy();
      done(result);
    };
    const timer = setTimeout(
      () => end(no('agent-unreachable', `the SSH agent did not answer in ${timeoutMs} ms`)),
      timeoutMs,
    );
    connection.on('connect', () => connection.write(question));
    connection.on('data', (bytes: Buffer) => {
      received = Buffer.concat([received, bytes]);
      const answer = answerIn(received);
      if (answer !== undefined) end(answer);
    });
    connection.on('error', () => end(no('agent-unreachable', 'nobody answers on the socket of the SSH agent')));
    connection.on('close', () => end(no('bad-answer', 'the SSH agent closed the connection before it had answered')));
  });
}

/** Undefined while more is to come. */
function answerIn(received: Buffer): Result<Uint8Array> | undefined {
  if (received.length < LENGTH_BYTES) return undefined;
  const length = received.readUInt32BE();
  if (length === 0 || length > MAX_MESSAGE_BYTES)
    return no('bad-answer', `the SSH agent announced an answer of ${length} bytes`);
  const total = LENGTH_BYTES + length;
  if (received.length > total) return no('bad-answer', 'the SSH agent sent more than its answer');
  return received.length === total ? ok(Uint8Array.from(received.subarray(LENGTH_BYTES))) : undefined;
}
