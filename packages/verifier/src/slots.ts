/** The files a person gives to the page: which one is meant by its name, and what is still owed before anything is verified. */
export type Slot = 'root' | 'file' | 'older';

export const SLOTS: readonly { readonly slot: Slot; readonly label: string; readonly hint: string }[] = [
  { slot: 'root', label: 'Root of trust', hint: '1.root.json, from whoever held the ceremony; never from the server' },
  { slot: 'file', label: 'Bundle or export', hint: 'the file that is to be verified' },
  {
    slot: 'older',
    label: 'Older checkpoint (optional)',
    hint: 'one you kept; the record of an export must be the same one, grown',
  },
];

/** Of a file that was dropped on the page. A wrong guess costs nothing: a root that is none is refused, and so is a bundle. */
export function slotOf(name: string): Slot {
  if (name.endsWith('root.json')) return 'root';
  return /(?:\.note|\.tlog-proof|^checkpoint)$/.test(name) ? 'older' : 'file';
}

/** What to do next; undefined when both files are there. */
export function owedFiles(chosen: ReadonlySet<Slot>): string | undefined {
  const [hasRoot, hasFile] = [chosen.has('root'), chosen.has('file')];
  if (hasRoot && hasFile) return undefined;
  if (hasRoot) return 'Now choose the bundle or the export.';
  if (hasFile) return 'Now choose the root of trust. Without it nothing can be believed.';
  return 'Choose the root of trust and the file, or drop both here.';
}
