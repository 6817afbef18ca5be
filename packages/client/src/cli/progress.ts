/** Work that takes longer than a moment shows how far it is: a bar in place on a terminal, else one line per ten per cent. */
import type { World } from './world.ts';

const WIDTH = 24;

/** `[######----------]  25 %  310/1240`. */
export function bar(done: number, total: number, width: number = WIDTH): string {
  const share = total <= 0 ? 0 : Math.min(1, Math.max(0, done / total));
  const filled = Math.floor(share * width);
  const percent = String(Math.floor(share * 100)).padStart(3);
  return `[${'#'.repeat(filled)}${'-'.repeat(width - filled)}] ${percent} %  ${done}/${total}`;
}

export class Progress {
  readonly #world: Pick<World, 'err' | 'isErrTerminal' | 'columns'>;
  readonly #isShown: boolean;
  #isOpen = false;
  #tenth = -1;

  constructor(world: Pick<World, 'err' | 'isErrTerminal' | 'columns'>, isShown: boolean) {
    this.#world = world;
    this.#isShown = isShown;
  }

  /** `text` is safe already. */
  show(text: string, share: number): void {
    if (!this.#isShown) return;
    if (this.#world.isErrTerminal) {
      this.#world.err(`\r\u{1b}[2K${text.slice(0, Math.max(20, this.#world.columns - 1))}`);
      this.#isOpen = true;
      return;
    }
    const tenth = Math.floor(share * 10);
    if (tenth === this.#tenth) return;
    this.#tenth = tenth;
    this.#world.err(`${text}\n`);
  }

  /** Makes room for a line of its own; the next `show` draws again. */
  clear(): void {
    if (this.#isOpen) this.#world.err('\r\u{1b}[2K');
    this.#isOpen = false;
  }
}
