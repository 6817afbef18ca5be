/** The id of a finding follows from rule and target: reported again, by whomever, it is the same finding. */
import { parseId, type Finding } from '@countersign/core';
import { digestOfDocument } from '@countersign/seal';

export function findingIdOf(rule: string, target: string): Finding['id'] {
  const id = parseId<'Finding'>(`F-${digestOfDocument([rule, target]).slice('sha256:'.length, 'sha256:'.length + 32)}`);
  if (id === undefined) throw new TypeError('a digest makes an id');
  return id;
}
