/**
 * `cs trust publish FOLDER`: what enough people signed comes into force: verified by the code of the runner, dated by the online
 * key, written into the folder, and handed on by file or to the server. Without a draft it renews the timestamp.
 */
import { openSigner } from '@countersign/signer';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { Failure, unverified, usage } from '../cli/failure.ts';
import { safe } from '../cli/safe-text.ts';
import { assemble, clearDrafts, dropInto, writePublication, type Publication } from '../trust/publish-folder.ts';
import { openTrustFolder, type TrustFolder } from '../trust/trust-folder.ts';

export interface TrustPublishOptions {
  /** Where the online key is; absent: only what is published already is handed on. */
  readonly key: string | undefined;
  readonly freshDays: number;
  readonly out: string | undefined;
  readonly isSent: boolean;
  readonly pinned: string | undefined;
}

export async function trustPublish(context: Context, path: string, options: TrustPublishOptions): Promise<ExitCode> {
  const { client, output, settings } = context;
  const folder = openTrustFolder(path, options.pinned);
  const { key } = options;
  const publication =
    key === undefined ? publishedIn(folder, options) : await publish(context, folder, { ...options, key });
  const { opened, metadata } = publication;
  const dropped = options.out === undefined ? undefined : dropInto(options.out, publication);
  const answer = options.isSent ? await client.installTrust(metadata) : undefined;
  if (settings.isJson)
    output.json({ versions: opened.versions, digest: opened.digest, expiresAt: opened.expiresAt, dropped, answer });
  else {
    const { root, targets, timestamp } = opened.versions;
    output.line(
      `root ${root}, bundle ${targets}, timestamp ${timestamp}, valid until ${opened.expiresAt}  ${opened.digest}`,
    );
    for (const name of dropped ?? []) output.line(`  ${safe(name)}`);
    if (options.isSent) output.line('the server has it');
  }
  return EXIT.ok;
}

async function publish(
  { world, output }: Context,
  folder: TrustFolder,
  { key, freshDays }: { readonly key: string; readonly freshDays: number },
): Promise<Publication> {
  const signer = await openSigner(key, { environment: world.environment, folder: '.' });
  if (!signer.ok) throw unverified(signer.refusal);
  try {
    const publication = await assemble(folder, { signer: signer.value, now: world.now(), freshDays });
    const written = writePublication(folder.path, publication);
    clearDrafts(folder);
    for (const name of written) output.note(`wrote ${safe(name)}`);
    return publication;
  } finally {
    await signer.value.close();
  }
}

function publishedIn({ published, drafts }: TrustFolder, { out, isSent }: TrustPublishOptions): Publication {
  if (drafts.root !== undefined || drafts.targets !== undefined)
    throw usage('there are drafts: name the online key with `--key` to publish them');
  if (out === undefined && !isSent)
    throw usage('name the online key with `--key`, or say where to with `--out` or `--send`');
  if (published?.trust !== undefined) return published.trust;
  throw new Failure(EXIT.failed, { code: 'no-trust', detail: 'nothing is published in this folder yet' });
}
