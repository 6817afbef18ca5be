/** `cs signal rates`: false positives and confidence of each source and category (D3); what nobody labelled is shown as that. */
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { table } from '../cli/output.ts';
import { safe } from '../cli/safe-text.ts';
import type { RatesView } from '../sdk/signals.ts';

const HEADS = ['SOURCE', 'CATEGORY', 'TRUE', 'FALSE', 'BENIGN', 'UNCLEAR', 'UNLABELLED', 'FALSE%', 'CONFIDENCE%'];

export async function signalRates({ client, output, settings }: Context): Promise<ExitCode> {
  const { items } = await client.signalRates();
  if (settings.isJson) output.json(items);
  else if (items.length === 0) output.note('no authenticated signal has come in');
  else output.lines(table([HEADS.map((head) => output.style('bold', head)), ...items.map(row)]));
  return EXIT.ok;
}

const row = (rates: RatesView): readonly string[] => [
  safe(rates.source, 64),
  safe(rates.category, 64),
  ...[rates.true, rates.false, rates.benign, rates.unclear, rates.unlabelled].map(String),
  `${rates.falsePositivePercent}`,
  `${rates.confidencePercent}`,
];
