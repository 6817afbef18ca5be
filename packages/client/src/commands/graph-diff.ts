/** `cs graph diff A B`: what changed between two graphs; what lowers the guard is marked. */
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { safe } from '../cli/safe-text.ts';
import { diffGraphs } from '../graph-files/diff-graphs.ts';
import { readGraph } from '../graph-files/read-graph.ts';

export async function graphDiff(context: Context, before: string, after: string): Promise<ExitCode> {
  const { output, settings } = context;
  const [one, other] = [await readGraph(context, before), await readGraph(context, after)];
  const changes = diffGraphs(one, other);
  const lowering = changes.filter(({ isLowering }) => isLowering).length;
  if (settings.isJson) output.json({ from: one.version, to: other.version, lowering, changes });
  else
    output.lines([
      `graph v${one.version} to v${other.version}: ${changes.length} changes, ${lowering} lower what is asked of people`,
      ...changes.map(({ sign, subject, detail, isLowering }) =>
        `${isLowering ? '!' : ' '} ${sign} ${safe(subject)}  ${safe(detail)}`.trimEnd(),
      ),
    ]);
  return EXIT.ok;
}
