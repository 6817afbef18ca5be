/**
 * The page: two files in, one verdict out. It has no network to ask (its policy forbids it) and keeps nothing. Text from files is set as
 * text and never as markup.
 */
import { escapeHostile } from '@countersign/seal';
import { owedFiles, SLOTS, slotOf, type Slot } from './slots.ts';
import { verifyFile, type Remediation, type Verdict, type WrongItem } from './verify-file.ts';

interface Chosen {
  readonly name: string;
  readonly bytes: Uint8Array;
}
const chosen = new Map<Slot, Chosen>();
/** Counts choices, so that a large file that is still being read does not replace the one chosen after it. */
const asked = new Map<Slot, number>();
/** Counts questions: a verdict on files that are not chosen any more is not shown. */
let question = 0;

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

function chooser({ slot, label, hint }: (typeof SLOTS)[number]): HTMLElement {
  const input = document.createElement('input');
  input.type = 'file';
  input.id = slot;
  input.addEventListener('change', () => void take(slot, input.files?.[0]));
  const name = element('span', 'name small', '');
  name.id = `${slot}-name`;
  return element('label', 'chooser', element('strong', '', label), element('span', 'small', hint), input, name);
}

async function take(slot: Slot, file: File | undefined): Promise<void> {
  const mine = (asked.get(slot) ?? 0) + 1;
  asked.set(slot, mine);
  question += 1;
  chosen.delete(slot);
  byId(`${slot}-name`).textContent = '';
  if (file === undefined) return look();
  const name = escapeHostile(file.name, 100);
  show('working', `Reading ${name}`, element('p', '', `Reading ${name}`));
  try {
    const bytes = new Uint8Array(await file.arrayBuffer());
    if (asked.get(slot) !== mine) return;
    chosen.set(slot, { name, bytes });
    // Of a file that was dropped the chooser shows no name.
    const input = byId(slot);
    const isNamed = input instanceof HTMLInputElement && input.files?.[0]?.name === file.name;
    byId(`${slot}-name`).textContent = `${isNamed ? '' : `${name}, `}${bytes.length.toLocaleString('en')} bytes`;
    look();
  } catch (error) {
    if (asked.get(slot) !== mine) return;
    const detail = `the browser cannot read it: ${messageOf(error)}. A file over 2 GB is read by cs verify`;
    tell({ kind: 'refused', problems: [{ item: name, code: 'unreadable', detail }] });
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : 'unknown');

function look(): void {
  const owed = owedFiles(new Set(chosen.keys()));
  if (owed !== undefined)
    return show('waiting', owed, element('p', '', owed), element('p', 'small', 'Nothing leaves this machine.'));
  const [root, file, older] = [chosen.get('root'), chosen.get('file'), chosen.get('older')];
  if (root === undefined || file === undefined) return;
  const working = `Verifying ${file.name}, ${file.bytes.length.toLocaleString('en')} bytes`;
  show('working', working, element('p', '', working));
  question += 1;
  const mine = question;
  // One turn later, so that the line above is seen.
  setTimeout(() => {
    if (mine !== question) return;
    try {
      const note = older === undefined ? {} : { older: new TextDecoder().decode(older.bytes) };
      tell(verifyFile({ root: root.bytes, file: file.bytes, ...note }));
    } catch (error) {
      // Never a partial pass: whatever broke here, nothing was verified.
      tell({ kind: 'refused', problems: [{ item: 'this page', code: 'internal', detail: messageOf(error) }] });
    }
  }, 0);
}

type State = 'waiting' | 'working' | 'verified' | 'doubted' | 'refused';
/** `said`: one line for whoever hears the page; a whole report would be read out from its first word to its last. */
function show(state: State, said: string, ...parts: readonly Node[]): void {
  byId('said').textContent = said;
  const verdict = byId('verdict');
  verdict.dataset['state'] = state;
  verdict.replaceChildren(...parts);
}

function tell(verdict: Verdict): void {
  switch (verdict.kind) {
    case 'verified':
      return show(
        'verified',
        `Verified: ${verdict.about}`,
        element('h2', '', 'Verified'),
        element('p', '', verdict.about),
        element('p', 'digest', verdict.digest),
        ...list(verdict.remediations),
      );
    case 'doubted':
      return show(
        'doubted',
        `Times contradicted: ${verdict.doubt}`,
        element('h2', '', 'Times contradicted by witnesses'),
        element('p', '', verdict.doubt),
        element('p', '', 'Everything else in the file holds as it stands below. Do not rely on when it happened.'),
        element('p', '', verdict.about),
        element('p', 'digest', verdict.digest),
        ...list(verdict.remediations),
      );
    case 'refused':
      return show(
        'refused',
        `Not verified: ${wrongText(verdict.problems[0])}`,
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

const placeText = ({ offset, code, detail }: WrongItem): string =>
  `${detail} (${code}${offset === undefined ? '' : `, at byte ${offset.toLocaleString('en')}`})`;
const wrongText = (wrong: WrongItem | undefined): string =>
  wrong === undefined ? 'no reason is known' : `${wrong.item}: ${placeText(wrong)}`;
const problemItem = (wrong: WrongItem): HTMLElement =>
  element('li', '', element('strong', '', wrong.item), `: ${placeText(wrong)}`);

/** One stands open; many are opened one by one, their contents made when they are, and found by what their line says. */
function list(remediations: readonly Remediation[]): readonly Node[] {
  const isOnly = remediations.length === 1;
  const all = remediations.map((one) => ({ one, details: detailsOf(one, isOnly) }));
  if (remediations.length <= FEW) return all.map(({ details }) => details);
  const count = element('span', 'small', '');
  const search = document.createElement('input');
  search.type = 'search';
  search.id = 'find';
  const filter = (): void => {
    const wanted = search.value.trim().toLowerCase();
    let found = 0;
    for (const { one, details } of all) {
      details.hidden = !one.summary.toLowerCase().includes(wanted);
      if (!details.hidden) found += 1;
    }
    count.textContent = `${found} of ${all.length} remediations`;
  };
  search.addEventListener('input', filter);
  filter();
  count.setAttribute('role', 'status');
  const label = element(
    'label',
    'find',
    element('strong', '', 'Find by proposal, person, environment or outcome'),
    search,
    count,
  );
  return [label, ...all.map(({ details }) => details)];
}

const FEW = 10;

function detailsOf(one: Remediation, isOpen: boolean): HTMLDetailsElement {
  const details = document.createElement('details');
  details.append(element('summary', '', one.summary));
  const fill = (): void => {
    if (details.childElementCount === 1) details.append(...sectionsOf(one));
  };
  details.addEventListener('toggle', fill);
  if (isOpen) {
    details.open = true;
    fill();
  }
  return details;
}

const sectionsOf = ({ sections }: Remediation): readonly Node[] =>
  sections().map(({ title, lines }) =>
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
  for (const file of event.dataTransfer?.files ?? []) void take(slotOf(file.name), file);
});
look();
