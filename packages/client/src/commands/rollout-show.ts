/** `cs rollout show` and `cs rollout list`: phases and counts; "unknown" is one of the numbers. */
import { countsText } from '@countersign/core';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { labelled, table } from '../cli/output.ts';
import { bar } from '../cli/progress.ts';
import { safe } from '../cli/safe-text.ts';
import type { RolloutSummary } from '../sdk/views.ts';
import { capsuleDigestOf } from './rollout-of.ts';

const STOPPED: ReadonlySet<string> = new Set(['halted', 'tripped']);

export async function rolloutShow(context: Context, name: string): Promise<ExitCode> {
  const { client, output, settings } = context;
  const rollout = await client.rollout(await capsuleDigestOf(context, name));
  if (settings.isJson) output.json(rollout);
  else output.lines(rolloutLines(rollout));
  return STOPPED.has(rollout.phase) ? EXIT.halted : EXIT.ok;
}

export const rolloutLines = ({ proposal, capsule, phase, trip, counts }: RolloutSummary): readonly string[] => [
  `${safe(proposal)}  ${safe(phase)}  ${bar(counts.touched, counts.targets)}`,
  ...labelled('capsule', [safe(capsule)]),
  ...labelled('counts', countsText(counts).split(', ')),
  ...labelled('stops', trip === 0 ? [] : [`number ${trip} was the last`]),
];

export async function rolloutList(context: Context): Promise<ExitCode> {
  const { client, output, settings } = context;
  const { items } = await client.rollouts({ limit: 200 });
  if (settings.isJson) output.json(items);
  else if (items.length === 0) output.note('no rollout has begun');
  else
    output.lines(
      table([
        ['PROPOSAL', 'PHASE', 'TOUCHED', 'CAPSULE'].map((head) => output.style('bold', head)),
        ...items.map(({ proposal, phase, counts, capsule }) => [
          safe(proposal, 64),
          safe(phase, 20),
          `${counts.touched}/${counts.targets}`,
          safe(capsule, 80),
        ]),
      ]),
    );
  return EXIT.ok;
}
