/** What a runner says of fields that stay inside, as one sentence part a rule. Closed words and numbers only: nothing needs escaping. */
import type { DerivedValue } from './sanitized-view.ts';

/** In the order of the rules. Counts of nothing are left out, so that what is there can be seen. */
export function derivedText(values: readonly DerivedValue[]): string {
  return [
    ...values.flatMap(simpleText),
    ...(['before', 'after'] as const).flatMap((when) => healthText(values, when)),
    ...listed('targets', values, (value) =>
      value.rule === 'host-class' ? `${value.count} ${value.class}` : undefined,
    ),
    ...listed('addresses', values, (value) =>
      value.rule === 'address-prefix' ? `${value.prefix} ${times(value.count)}` : undefined,
    ),
  ].join('; ');
}

function simpleText(value: DerivedValue): readonly string[] {
  switch (value.rule) {
    case 'duration':
      return [`it took up to ${value.minutes} min`];
    case 'dependants':
      return [counted(value.count, 'dependant')];
    case 'files':
      return [`${counted(value.count, 'file')} looked at`];
    case 'output-size':
      return [`outputs of up to ${value.characters} characters`];
    case 'health':
    case 'host-class':
    case 'address-prefix':
      return [];
  }
}

/** Nothing said of a time differs from nothing read then. */
function healthText(values: readonly DerivedValue[], when: 'before' | 'after'): readonly string[] {
  const said = values.flatMap((value) => (value.rule === 'health' && value.when === when ? [value] : []));
  if (said.length === 0) return [];
  const met = said.filter(({ count }) => count > 0).map(({ count, word }) => `${count} ${word}`);
  return [`health ${when}: ${met.length === 0 ? 'nothing was read' : met.join(', ')}`];
}

function listed(
  label: string,
  values: readonly DerivedValue[],
  textOf: (value: DerivedValue) => string | undefined,
): readonly string[] {
  const found = values.flatMap((value) => textOf(value) ?? []);
  return found.length === 0 ? [] : [`${label}: ${found.join(', ')}`];
}

const counted = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? '' : 's'}`;
const times = (count: number): string => (count === 1 ? 'once' : `${count} times`);
