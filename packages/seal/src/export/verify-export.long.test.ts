/** The size of a year: 1,000 remediations in one file, and 1,000 edits of it (V3, V4). */
import { beforeAll, expect, test } from 'vitest';
import { dice, isLocated, placesOf, randomEdit, type Placed } from './edits.builder.ts';
import { Estate } from './estate.builder.ts';
import { verifyExport } from './verify-export.ts';

const REMEDIATIONS = 1000;
const EDITS = 1000;
let estate: Estate;
let file: Uint8Array;
let places: readonly Placed[];
beforeAll(() => {
  estate = new Estate();
  const courses = ['approved', 'automatic', 'prohibited', 'rejected', 'staging-failed'] as const;
  for (let n = 0; n < REMEDIATIONS; n += 1) estate.remediate(courses[n % courses.length] ?? 'approved');
  file = estate.export();
  places = placesOf(file);
}, 120_000);

test('V4: an export of 1,000 remediations verifies', () => {
  const { problems, content } = verifyExport(file, estate.roots);
  expect(problems).toEqual([]);
  expect(content?.remediations).toHaveLength(REMEDIATIONS);
}, 120_000);

test('V3: 1,000 random edits are each detected and located', () => {
  const roll = dice(4);
  const missed: string[] = [];
  for (let n = 0; n < EDITS; n += 1) {
    const edit = randomEdit(file, places, roll);
    if (Buffer.compare(edit.file, file) === 0) continue;
    const { problems, content } = verifyExport(edit.file, estate.roots);
    const [first] = problems;
    if (first === undefined || content !== undefined || !isLocated(first.item, places, edit))
      missed.push(`${edit.what}: ${first?.item ?? 'nothing'} instead of ${edit.where.join(', ')}`);
  }
  expect(missed).toEqual([]);
}, 1_200_000);
