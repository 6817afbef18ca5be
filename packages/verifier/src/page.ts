/**
 * The page: two files in, one verdict out. It has no network to ask (its policy forbids it) and keeps nothing. Text from files is set as
 * text and never as markup.
 */
import { verifyFile, type Remediation, type Verdict, type WrongItem } from './verify-file.ts';

type Slot = 'root' | 'file' | 'older';
const chosen = new Map<Slot, { readonly name: string; readonly bytes: Uint8Array }>();

type Child = Node | string;
function element(name: string, kind: string, ...children: readonly Child[]): HTMLElement {
  const made = document.createElement(name);
  if (kind !== '') made.className = kind;
  made.append(...children);
  return made;
}
const byId = (id: string): HTMLElement => {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no ${id}`);
  return found;
};

const SLOTS: readonly { readonly slot: Slot; readonly label: string; readonly hint: string }[] = [
  { slot: 'root', label: 'Root of trust', hint: '1.root.json, from whoever held the ceremony; never from the server' },
  { slot: 'file', label: 'Bundle or export', hint: 'the file that is to be verified' },
  { slot: 'older', label: 'Older checkpoint (optional)', hint: 'one you kept: the record must be the same one, grown' },
];

function chooser({ slot, label, hint }: (typeof SLOTS)[number]): HTMLElement {
  const input = document.createElement('input');
  input.type = 'file';
  input.id = slot;
  input.addEventListener('change', () => void take(slot, input.files?.[0]));
  return element('label', 'chooser', element('strong', '', label), element('span', 'small', hint), input);
}

async function take(slot: Slot, file: File | undefined): Promise<void> {
  if (file === undefined) chosen.delete(slot);
  else chosen.set(slot, { name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) });
  look();
}

function look(): void {
  const [root, file, older] = [chosen.get('root'), chosen.get('file'), chosen.get('older')];
  if (root === undefined || file === undefined)
    return show('waiting', element('p', '', 'Choose the root of trust and the file. Nothing leaves this machine.'));
  show('working', element('p', '', `Verifying ${file.name}, ${file.bytes.length.toLocaleString('en')} bytes`));
  // One turn later, so that the line above is seen.
  setTimeout(() => {
    try {
      const note = older === undefined ? {} : { older: new TextDecoder().decode(older.bytes) };
      tell(verifyFile({ root: root.bytes, file: file.bytes, ...note }));
    } catch (error) {
      // Never a partial pass: whatever broke here, nothing was verified.
      const detail = error instanceof Error ? error.message : 'unknown';
      tell({ kind: 'refused', problems: [{ item: 'this page', code: 'internal', detail }] });
    }
  }, 0);
}

type State = 'waiting' | 'working' | 'verified' | 'refused';
function show(state: State, ...parts: readonly Node[]): void {
  const verdict = byId('verdict');
  verdict.dataset['state'] = state;
  verdict.replaceChildren(...parts);
}

function tell(verdict: Verdict): void {
  switch (verdict.kind) {
    case 'verified':
      return show(
        'verified',
        element('h2', '', 'Verified'),
        element('p', '', verdict.about),
        element('p', 'digest', verdict.digest),
        ...list(verdict.remediations),
      );
    case 'refused':
      return show(
        'refused',
        element('h2', '', 'Not verified'),
        element('p', '', 'Do not rely on this file. Ask for it again, from its source.'),
        element('ol', '', ...verdict.problems.slice(0, MOST_SHOWN).map(problemItem)),
        ...(verdict.problems.length > MOST_SHOWN
          ? [element('p', '', `and ${verdict.problems.length - MOST_SHOWN} more`)]
          : []),
      );
  }
}

const MOST_SHOWN = 200;

const problemItem = ({ item, offset, code, detail }: WrongItem): HTMLElement =>
  element(
    'li',
    '',
    element('strong', '', item),
    `: ${detail} (${code}${offset === undefined ? '' : `, at byte ${offset.toLocaleString('en')}`})`,
  );

/** One stands open; many are opened one by one, and their contents made when they are. */
function list(remediations: readonly Remediation[]): readonly Node[] {
  const isOnly = remediations.length === 1;
  return remediations.map((one) => {
    const details = document.createElement('details');
    details.append(element('summary', '', one.proposal));
    const fill = (): void => {
      if (details.childElementCount === 1) details.append(...sectionsOf(one));
    };
    details.addEventListener('toggle', fill);
    if (isOnly) {
      details.open = true;
      fill();
    }
    return details;
  });
}

const sectionsOf = ({ sections }: Remediation): readonly Node[] =>
  sections.map(({ title, lines }) =>
    element(
      'section',
      '',
      element('h3', '', title),
      element('ul', '', ...lines.map((line) => element('li', '', line))),
    ),
  );

byId('choosers').append(...SLOTS.map(chooser));
document.addEventListener('dragover', (event) => event.preventDefault());
document.addEventListener('drop', (event) => {
  event.preventDefault();
  const files = [...(event.dataTransfer?.files ?? [])];
  // A root is called so; the other file is what is to be verified.
  for (const file of files) void take(file.name.endsWith('root.json') ? 'root' : 'file', file);
});
look();
