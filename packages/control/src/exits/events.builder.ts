/** The event stream, from the first entry to the last there is: an answer that goes on until somebody hangs up. */
import type { TestControl } from '../testkit/control.ts';

/** Undefined when it is refused. */
export async function streamed(
  { app }: Pick<TestControl, 'app'>,
  { token, query, last }: { readonly token: string | undefined; readonly query: string; readonly last: number },
): Promise<string | undefined> {
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const hangUp = new AbortController();
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1/events?after=0${query}`, {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    signal: hangUp.signal,
  });
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    text += value ?? '';
    if (done || text.includes(`id: ${last}\n`)) break;
  }
  hangUp.abort();
  return answer.ok ? text : undefined;
}
