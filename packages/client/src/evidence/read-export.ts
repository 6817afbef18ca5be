/** Reads an export from a file, piece by piece, and checks it while it is read; nothing is unpacked (V4). */
import { closeSync, openSync, readSync } from 'node:fs';
import type { ReportedEntry } from '@countersign/core';
import {
  ExportVerifier,
  readStrictJson,
  type ExportReport,
  type ExportRule,
  type VerifiedLeaf,
} from '@countersign/seal';

const PIECE_BYTES = 1_048_576;
const MAGIC_AT = 257;

/** Whether a file is an export and not the bundle of one change. */
export function isExport(file: string): boolean {
  const descriptor = openSync(file, 'r');
  try {
    const head = Buffer.alloc(MAGIC_AT + 5);
    readSync(descriptor, head);
    return head.subarray(MAGIC_AT).toString('latin1') === 'ustar';
  } finally {
    closeSync(descriptor);
  }
}

export function checkExport(file: string, rule: ExportRule): ExportReport {
  const verifier = new ExportVerifier(rule);
  const descriptor = openSync(file, 'r');
  try {
    const piece = Buffer.alloc(PIECE_BYTES);
    for (;;) {
      const size = readSync(descriptor, piece);
      if (size === 0 || !verifier.push(piece.subarray(0, size))) break;
    }
  } finally {
    closeSync(descriptor);
  }
  return verifier.end();
}

/** Verified leaves as a report counts them. */
export const reportedEntries = (leaves: readonly VerifiedLeaf[]): readonly ReportedEntry[] =>
  leaves.map(({ leaf, index, body }) => {
    const json = body === undefined ? undefined : readStrictJson(body, { maxBytes: body.length });
    return { index, leaf, hasBody: body !== undefined, ...(json?.ok === true && { body: json.value }) };
  });
