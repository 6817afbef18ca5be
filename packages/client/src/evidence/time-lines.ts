/** When entries came into the record, for people: what witnesses prove of it, and where there is the server's word only (V3). */
import { timesSummary, timesTexts, type EntryTime } from '@countersign/seal';

const MAX_NAMED = 40;

/** First of all that is said of a file: it is not taken for a verified one. */
export const findingLines = (times: readonly EntryTime[]): readonly string[] => {
  const { findings } = timesSummary(times);
  return findings.length === 0
    ? []
    : [
        `findings  the times of ${findings.length} entries are not what witnesses saw; everything else holds as said below`,
        ...findings
          .slice(0, MAX_NAMED)
          .map(({ index, event, finding = '' }) => `  entry ${index} ${event}: ${finding}`),
      ];
};

export function summaryLine(times: readonly EntryTime[]): string {
  const { bracketed, half, wordOnly } = timesSummary(times);
  return `of ${times.length} entries witnesses bracket ${bracketed}, prove one end of ${half}; ${wordOnly} are the server's word only`;
}

/** The summary, then each run of entries that one bracket holds. */
export function timeLines(times: readonly EntryTime[]): readonly string[] {
  const texts = timesTexts(times);
  return [
    summaryLine(times),
    ...texts.slice(0, MAX_NAMED),
    ...(texts.length > MAX_NAMED ? [`and ${texts.length - MAX_NAMED} more: --json names all`] : []),
  ];
}
