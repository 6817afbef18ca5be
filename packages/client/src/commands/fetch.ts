/**
 * `cs capsule fetch`, `cs trust fetch` and `cs graph fetch`: what the server has, as files for the commands that need no server. What was fetched is
 * opened here first: a file that would only be refused later is not written.
 */
import { writeFileSync } from 'node:fs';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { unverified } from '../cli/failure.ts';
import { openTrustBundle, readRoot } from '../cli/roots.ts';
import { safe } from '../cli/safe-text.ts';
import { openGraph } from '../graph-files/read-graph.ts';
import { openSigning } from '../signing/open-capsule.ts';

export async function capsuleFetch(
  { client, output, settings }: Context,
  proposal: string,
  { out }: { readonly out: string },
): Promise<ExitCode> {
  const data = await client.signing(proposal);
  const opened = openSigning(data, proposal);
  if (!opened.ok) throw unverified(opened.refusal);
  const { digest, words } = opened.value;
  writeFileSync(out, `${JSON.stringify(data.capsule, null, 2)}\n`, { mode: 0o600 });
  if (settings.isJson) output.json({ file: out, proposal, digest, words });
  else output.lines([`${safe(out)}  ${digest}`, `in words ${words}`]);
  output.note(`read it with: cs capsule inspect ${safe(out)}`);
  return EXIT.ok;
}

export interface TrustFetchOptions {
  readonly roots: string;
  readonly out: string;
  /** Verifier keys of the log and its witnesses, for `cs record verify` and `cs witness compare`. */
  readonly keys?: string;
}

export async function trustFetch(
  { client, output, settings }: Context,
  { roots, out, keys }: TrustFetchOptions,
): Promise<ExitCode> {
  const { trust } = await client.trust();
  const bundle = openTrustBundle(trust, readRoot(roots));
  writeFileSync(out, `${JSON.stringify(trust)}\n`, { mode: 0o600 });
  const { log, witnesses } = bundle.keys;
  if (keys !== undefined) writeFileSync(keys, `${[log, ...witnesses].join('\n')}\n`, { mode: 0o600 });
  const { version, expiresAt } = bundle;
  if (settings.isJson) output.json({ file: out, ...(keys !== undefined && { keys }), version, expiresAt });
  else {
    output.line(`${safe(out)}  trust bundle ${version}, valid until ${expiresAt}; it follows from your root`);
    if (keys !== undefined) output.line(`${safe(keys)}  keys of the log and ${witnesses.length} witnesses`);
  }
  return EXIT.ok;
}

/** As it was signed; its signature is checked by whoever decides from it. */
export async function graphFetch(
  { client, output, settings }: Context,
  { out }: { readonly out: string },
): Promise<ExitCode> {
  const view = await client.graph();
  const { digest, graph } = view;
  const { version, nodes, edges } = openGraph(view);
  writeFileSync(out, `${JSON.stringify(graph)}\n`, { mode: 0o600 });
  if (settings.isJson) output.json({ file: out, version, digest });
  else output.line(`${safe(out)}  version ${version}  ${nodes.length} nodes, ${edges.length} edges  ${safe(digest)}`);
  return EXIT.ok;
}
