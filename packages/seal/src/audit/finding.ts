/** What an audit of the record says: one line for each thing that is not as it was signed. */

/**
 * `unsigned`: nobody whom the auditor knows has signed it. `damaged`: changed, and what is left does not tell which entry. `misdated`: as it
 * was signed, but with a time that witnesses contradict.
 */
export type Harm =
  | 'edited'
  | 'deleted'
  | 'inserted'
  | 'moved'
  | 'damaged'
  | 'unsigned'
  | 'rolled-back'
  | 'forked'
  | 'misdated';

export interface Finding {
  readonly harm: Harm;
  /** The row: `leaf 17`, `tree_node 0/212`, `checkpoint 40`, `document sha256:..`, `proposal P-1`. */
  readonly at: string;
  readonly detail: string;
}

export interface AuditedLeaf {
  /** Absent: it waits for its place. */
  readonly seq?: number;
  /** As hashed. */
  readonly bytes: Uint8Array;
  /** Where it stands beside the leaf; elsewhere it is a document. */
  readonly body?: Uint8Array;
  /** What stands beside it in the table; absent in a folder of tiles. */
  readonly columns?: Readonly<Record<string, unknown>>;
}
