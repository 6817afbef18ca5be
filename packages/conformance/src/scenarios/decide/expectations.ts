/** What each scenario promises of its decision; complaints, empty when all holds. */
import type { Decision } from '@countersign/core';
import { when } from '../../checks/when.ts';
import { BATCH_JOB, CONSUMERS } from './hospital.ts';
import { CONTROLLERS } from './plant.ts';
import type { ScenarioName } from './cases.ts';

/** 79 columns and what fits on one sheet. */
const PAGE_LINES = 66;
const PAGE_COLUMNS = 79;

const isWritten = (page: string, word: string): boolean => page.replaceAll(/\s+/g, ' ').includes(word);

export function complaintsOnPage(page: string): readonly string[] {
  const lines = page.split('\n');
  return [
    ...when(lines.length > PAGE_LINES, `the page has ${lines.length} lines`),
    ...when(
      lines.some(({ length }) => length > PAGE_COLUMNS),
      'a line of the page is too long',
    ),
  ];
}

export function complaintsOnDecision(name: ScenarioName, decision: Decision, page: string): readonly string[] {
  const { verdict, facts, counterfactuals } = decision;
  switch (name) {
    case 'a':
      return [
        ...when(verdict !== 'needs-approval', `1,240 unstaged hosts are ${verdict}`),
        ...when(facts.targets !== 1240, `${facts.targets} targets were looked at`),
        ...when(counterfactuals.length === 0, 'nothing says what would have to be different'),
        ...when(!isWritten(page, 'at most 15 targets'), 'the page does not say how many targets would do'),
      ];
    case 'a-15':
      return when(verdict !== 'autonomous', `15 staged hosts are ${verdict}`);
    case 'b':
      return [
        ...when(verdict === 'autonomous', 'the rotation runs alone'),
        ...CONSUMERS.flatMap((id) => when(!isWritten(page, id), `${id} loses its login and is not named`)),
        ...when(!isWritten(page, BATCH_JOB), 'the batch job is not named'),
        ...when(!facts.matchesKnownBenign, 'the batch job was not recognised'),
        ...when(facts.missingConsumers < CONSUMERS.length, `${facts.missingConsumers} users are outside the plan`),
      ];
    case 'c':
      return [
        ...when(verdict === 'autonomous', 'the block runs alone'),
        ...when(
          !facts.affectedTiers.includes('safety-critical') && !facts.tiers.includes('safety-critical'),
          'no tier is safety-critical',
        ),
        ...when(facts.cutFlows < CONTROLLERS.length, `${facts.cutFlows} flows are cut`),
        ...when(!CONTROLLERS.some((id) => isWritten(page, id)), 'no controller is named'),
        ...when(!isWritten(page, 'scada-01'), 'the supervisory control is not named'),
      ];
  }
}
