/** What stands for a threat or a finding: attacks that run, tests elsewhere that are named, and what nothing stands for. */

/** A file of the repository, and words of the name of a test in it. */
type NamedTest = readonly [file: string, name: string];

export interface Standing {
  readonly id: string;
  /** What somebody tries. */
  readonly act: string;
  readonly attacks: readonly string[];
  readonly tests?: readonly NamedTest[];
  /** Why tests stand for it and no attack on a runner: it is refused in another place, before or beside the gate. */
  readonly elsewhere?: string;
  /** What is not shown, and why. */
  readonly open?: string;
}
