/** `cs coverage`: what vouches for which kind of change in each module, and what is missing (W4). */
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { table } from '../cli/output.ts';
import { safe } from '../cli/safe-text.ts';
import type { CheckCoverageView, GapView, ModuleCoverageView } from '../sdk/specs.ts';

/** 1 when something is missing, so that a pipeline can ask. */
export async function coverage(context: Context, module: string | undefined): Promise<ExitCode> {
  const { client, output, settings } = context;
  const found = await client.coverage(module === undefined ? {} : { module });
  const isWhole = found.modules.every(({ missing }) => missing.length === 0);
  if (settings.isJson) output.json(found);
  else if (found.modules.length === 0)
    output.note('no module is known: there is neither a spec nor a service in the graph');
  else found.modules.forEach((one, place) => tellModule(context, one, place > 0));
  if (!settings.isJson && found.unknownRuns.length > 0)
    output.line(`${found.unknownRuns.length} checks ran that no registered spec names; they cover nothing`);
  return isWhole ? EXIT.ok : EXIT.failed;
}

function tellModule(
  { output }: Context,
  { module, coveredPercent, specs, missing }: ModuleCoverageView,
  isNext: boolean,
): void {
  if (isNext) output.line();
  output.line(output.style('bold', `${safe(module, 64)}  ${coveredPercent} % of its checks hold`));
  const rows = specs.flatMap(({ spec, version, checks }) =>
    checks.map((check) => [`  ${safe(spec, 64)} v${version}`, ...checkCells(check)]),
  );
  output.lines(table(rows));
  output.lines(missing.map((gap) => `  missing: ${gapText(gap)}`));
}

const checkCells = ({ check, last, isFlaky, actionClasses }: CheckCoverageView): readonly string[] => [
  safe(check, 64),
  `${last === undefined ? 'never ran' : safe(last.result, 20)}${isFlaky ? ', flaky' : ''}`,
  actionClasses.length === 0 ? '-' : actionClasses.map((action) => safe(action, 40)).join(', '),
];

/** In words; a kind this program does not know is shown as it came. */
function gapText(gap: GapView): string {
  const [spec, check, action] = [gap.spec, gap.check, gap.action].map((name) => safe(name ?? '', 64));
  const words = new Map([
    ['module-without-spec', 'a spec'],
    ['action-without-spec', `a spec about ${action}`],
    ['action-without-run', `a passed run of ${spec} on ${action}`],
    ['check-never-ran', `any run of ${check} of ${spec}`],
    ['check-not-passed', `a passed last run of ${check} of ${spec}`],
    ['check-flaky', `the same result twice of ${check} of ${spec}`],
    ['no-reproduction', `a reproduction in ${spec}`],
  ]);
  return words.get(gap.kind) ?? safe(gap.kind, 40);
}
