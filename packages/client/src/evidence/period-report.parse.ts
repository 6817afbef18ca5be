/** A report as the server sent it. It is printed and compared, never acted on. */
import type { PeriodReport } from '@countersign/core';
import type { JsonObject } from '@countersign/seal';

/** INVARIANT: what is printed of it is escaped by the output, and the bytes are compared as they are. */
export const readReport = (document: JsonObject): PeriodReport => document as unknown as PeriodReport;
