/** A long answer, written as fast as it is read: nothing of it is kept in memory, and one that breaks off is cut, never ended well. */
import type { ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { Answer } from '../http/index.ts';

export interface StreamedFile {
  readonly file: string;
  readonly type: string;
  readonly parts: AsyncIterable<Uint8Array | string>;
}

export const streamed = ({ file, type, parts }: StreamedFile, failed: (error: unknown) => void): Answer => ({
  kind: 'stream',
  start(response) {
    response.writeHead(200, {
      'content-type': type,
      'content-disposition': `attachment; filename="${file}"`,
      'cache-control': 'no-store',
    });
    write(response, parts).catch((error: unknown) => {
      failed(error);
      // Without its last chunk no reader takes it for whole.
      response.destroy();
    });
  },
});

async function write(response: ServerResponse, parts: StreamedFile['parts']): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  for await (const part of parts) {
    if (gone.signal.aborted) return;
    if (!response.write(part)) await once(response, 'drain', { signal: gone.signal });
  }
  response.end();
}
