/** The control mapping names only what there is (V5). */
import { CONTROLS } from '@countersign/core';
import { expect, test } from 'vitest';
import { REQUIREMENTS } from './requirements.ts';

test('V5: every requirement a control names exists and is claimed, or the mapping would promise what nobody built', () => {
  const claimed = new Map(REQUIREMENTS.map(({ id, isClaimed }) => [id, isClaimed]));
  const wrong = CONTROLS.flatMap(({ framework, clause, requirements }) =>
    requirements.filter((id) => claimed.get(id) !== true).map((id) => `${framework} ${clause}: ${id}`),
  );
  expect(wrong).toEqual([]);
});

test('V5: identifiers that are in no text anybody read are not printed', () => {
  const text = JSON.stringify(CONTROLS);
  for (const invented of ['OWASP A2', 'GOV-3']) expect(text).not.toContain(invented);
});

test('V5: what is said to be checked names the edition it was held against, and nothing else does', () => {
  const named = CONTROLS.filter(({ checkedAgainst }) => checkedAgainst !== undefined);
  expect(named).toEqual(CONTROLS.filter(({ isChecked }) => isChecked));
  expect(named.length).toBe(10);
  // Closed or many-versioned texts that nobody here had before them.
  const open = CONTROLS.filter(({ isChecked }) => !isChecked).map(({ framework }) => framework);
  expect(open).toEqual(expect.arrayContaining(['FCA Handbook', 'ISO/IEC 42001', 'IEC 62443-3-3', 'CSA MAESTRO']));
});
