/** Elements from text. Nothing from outside becomes markup, a link or an attribute: only `textContent` is ever set with it. */
type Child = Node | string;

export function element(name: string, kind: string | undefined, ...children: readonly Child[]): HTMLElement {
  const made = document.createElement(name);
  if (kind !== undefined) made.className = kind;
  made.append(...children);
  return made;
}

/** `id` is ours; tests and people who compare pages find the place by it. */
export function marked(made: HTMLElement, id: string): HTMLElement {
  made.id = id;
  return made;
}

export function button(text: string, onPress: () => void, isDisabled = false): HTMLElement {
  const made = document.createElement('button');
  made.type = 'button';
  made.textContent = text;
  made.disabled = isDisabled;
  made.addEventListener('click', onPress);
  return made;
}

/** The one that Enter in a field of its form presses. */
export function submitButton(text: string): HTMLElement {
  const made = document.createElement('button');
  made.type = 'submit';
  made.textContent = text;
  return made;
}

interface Field {
  readonly label: string;
  readonly name: string;
  readonly value?: string;
  readonly type?: 'password' | 'text';
}

export function field({ label, name, value = '', type = 'text' }: Field): HTMLElement {
  const input = document.createElement('input');
  input.name = name;
  input.value = value;
  input.type = type;
  input.autocomplete = 'off';
  return element('label', undefined, label, input);
}

export function choice(label: string, options: readonly string[], onChoice: (chosen: string) => void): HTMLElement {
  const select = document.createElement('select');
  select.append(...options.map((option) => new Option(option, option)));
  select.addEventListener('change', () => onChoice(select.value));
  return element('label', undefined, label, select);
}

export const facts = (pairs: readonly (readonly [string, string])[]): HTMLElement =>
  element(
    'dl',
    undefined,
    ...pairs.flatMap(([term, text]) => [element('dt', undefined, term), element('dd', undefined, text)]),
  );
