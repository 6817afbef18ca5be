/**
 * AG-706 as data: its clauses and tests in our own words, and which checks stand for each. An auditor reads coverage from here; a test
 * sees that no clause of a MUST is without a check.
 */
type Level = 'MUST' | 'SHOULD' | 'MAY';

export interface Clause {
  readonly id: string;
  readonly level: Level;
  readonly text: string;
  /** Tests of section 8 that show it. */
  readonly tests: readonly TestId[];
}

export const TEST_IDS = ['8.1', '8.2', '8.3', '8.4', '8.5', '8.6', '8.7', '8.8'] as const;
export type TestId = (typeof TEST_IDS)[number];

export const CLAUSES: readonly Clause[] = [
  {
    id: '4.1',
    level: 'MUST',
    text: 'a written envelope says which actions, targets, severities and conditions an agent may act in alone',
    tests: ['8.1'],
  },
  {
    id: '4.2',
    level: 'MUST',
    text: 'everything outside it needs a person, recorded with who, when, what exactly, and on which risk assessment',
    tests: ['8.2'],
  },
  { id: '4.3', level: 'MUST', text: 'before each act alone, what depends on the target is analysed', tests: ['8.3'] },
  {
    id: '4.4',
    level: 'MUST',
    text: 'a rollout stops by itself when health gets worse, until a person lets it go on',
    tests: ['8.4'],
  },
  {
    id: '4.5',
    level: 'MUST',
    text: 'one operation can reach no more than the envelope says, less for what is more critical',
    tests: ['8.5'],
  },
  {
    id: '4.6',
    level: 'MUST',
    text: 'every act alone can be undone in a stated time; that was drilled within a quarter',
    tests: ['8.6'],
  },
  {
    id: '4.7',
    level: 'MUST',
    text: 'targets have tiers; the safety-critical one is never changed without a person, whatever the severity',
    tests: ['8.7'],
  },
  {
    id: '4.8',
    level: 'MUST',
    text: 'each act alone leaves six facts in a record that cannot be changed unseen',
    tests: ['8.8'],
  },
  {
    id: '4.9',
    level: 'SHOULD',
    text: 'above ten targets a small cohort goes first and its health is read',
    tests: ['8.4', '8.5'],
  },
  { id: '4.10', level: 'SHOULD', text: 'authority ends by itself and is given again by its owners', tests: ['8.1'] },
  {
    id: '4.11',
    level: 'SHOULD',
    text: 'the trigger is weighed against false alarms, with a source that is independent of the first',
    tests: ['8.3'],
  },
  {
    id: '4.12',
    level: 'MAY',
    text: 'the expected effect is shown to a person before an act near the border of the envelope',
    tests: ['8.2'],
  },
];

export const TESTS: Readonly<Record<TestId, string>> = {
  '8.1': 'the envelope exists and is whole; unsigned or expired it authorises nothing',
  '8.2': 'what is outside the envelope waits for a person, and the approval is recorded whole',
  '8.3': 'nothing runs alone before its dependants were analysed',
  '8.4': 'failing health stops the rollout; only a person lets it go on',
  '8.5': 'no operation reaches more than the envelope allows',
  '8.6': 'an act is undone inside its window, and without a drill nothing runs alone',
  '8.7': 'safety-critical systems are left to people, whatever the severity',
  '8.8': 'each act alone leaves its six facts, and any change of them shows',
};
