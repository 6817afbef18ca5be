/** `cs envelope review VERSION`: faults, tests, what is newly permitted, the past under it, and who is missing, before anyone signs. */
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { labelled } from '../cli/output.ts';
import { safe } from '../cli/safe-text.ts';
import type { DraftLine, ReviewView } from '../sdk/authority.ts';

export async function envelopeReview({ client, output, settings }: Context, version: number): Promise<ExitCode> {
  const review = await client.reviewEnvelope(version);
  if (settings.isJson) output.json(review);
  else output.lines(reviewLines(review));
  const isClean = review.faults.length === 0 && review.tests.failed.length === 0 && !review.isStale;
  return isClean ? EXIT.ok : EXIT.failed;
}

export async function envelopeDrafts({ client, output, settings }: Context): Promise<ExitCode> {
  const { items } = await client.envelopeDrafts();
  if (settings.isJson) output.json(items);
  else if (items.length === 0) output.note('no version was proposed');
  else output.lines(items.map(draftLine));
  return EXIT.ok;
}

const draftLine = ({ version, state, author, signers, digest }: DraftLine): string =>
  `v${version}  ${safe(state)}  by ${safe(author)}  signed by ${signers.map((one) => safe(one)).join(', ') || 'nobody'}  ${safe(digest)}`;

export function reviewLines(review: ReviewView): readonly string[] {
  const { replay, tests } = review;
  const verdict = review.isWidening ? (review.isNotProved ? 'not proved to narrow' : 'widens') : 'narrows';
  return [
    `draft v${review.version}  ${verdict}  by ${safe(review.author)}  ${safe(review.digest)}`,
    ...(review.isStale ? ['another version came into force since: propose it again'] : []),
    ...labelled('owed', [
      `${safe(review.owed)}; signed by ${review.signers.map((one) => safe(one)).join(', ') || 'nobody'}`,
    ]),
    ...labelled(
      'newly permitted',
      review.widening.length === 0 ? ['nothing'] : review.widening.map((one) => safe(one)),
    ),
    ...labelled(
      'proof covers',
      review.covers.map((one) => safe(one)),
    ),
    ...labelled(
      'not covered',
      review.doesNotCover.map((one) => safe(one)),
    ),
    ...labelled(
      'faults',
      review.faults.map(({ at, problem }) => `${safe(at)} ${safe(problem)}`),
    ),
    ...labelled('tests', [`${tests.passed} passed, ${tests.failed.length} failed`, ...tests.failed.map(testLine)]),
    ...labelled('past', [
      `of ${replay.looked} decisions ${replay.newlyAlone} would newly run alone; people had rejected ${replay.newlyAloneRejected} of those`,
      `${replay.noLongerAlone} would no longer run alone, ${replay.newlyProhibited} would be prohibited`,
      ...(replay.unreadable === 0 ? [] : [`${replay.unreadable} were recorded in an older form and are not counted`]),
      ...(replay.notReplayed.length === 0
        ? []
        : [`not replayed: ${replay.notReplayed.map((one) => safe(one)).join(', ')}`]),
      ...replay.examples.map(exampleLine),
    ]),
    ...labelled(
      'people',
      review.roster.map(({ at, problem }) => `${safe(at)} ${safe(problem)}`),
    ),
    ...labelled(
      'could widen',
      review.expansions.map(({ grant, why }) => `${safe(grant)}: ${safe(why)}`),
    ),
  ];
}

const testLine = ({ name, problems }: ReviewView['tests']['failed'][number]): string =>
  `FAIL ${safe(name)}: ${problems.map((one) => safe(one)).join('; ')}`;
const exampleLine = ({ proposal, title, was, rejected }: ReviewView['replay']['examples'][number]): string =>
  `${safe(proposal)} ${safe(title)}: was ${safe(was)}${rejected === undefined ? '' : `, rejected because ${safe(rejected)}`}`;
