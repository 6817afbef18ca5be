/** Which part of the written file, or which pack, each part of the compiled envelope came from. */
import { pathOf, type Path } from './source-map.ts';

export type Origin = { readonly kind: 'file'; readonly path: Path } | { readonly kind: 'pack'; readonly name: string };

export class Origins {
  readonly #known = new Map<string, Origin>();

  file(pointer: string, path: Path): void {
    this.#known.set(pointer, { kind: 'file', path });
  }

  pack(pointer: string, name: string): void {
    this.#known.set(pointer, { kind: 'pack', name });
  }

  /** Of the nearest part around it that is known; the rest of the way is the same in both. */
  of(pointer: string): Origin {
    const steps = pathOf(pointer);
    for (let length = steps.length; length > 0; length -= 1) {
      const prefix = pointer
        .split('/')
        .slice(0, length + 1)
        .join('/');
      const origin = this.#known.get(prefix);
      if (origin?.kind === 'pack') return origin;
      if (origin !== undefined) return { kind: 'file', path: [...origin.path, ...steps.slice(length)] };
    }
    return { kind: 'file', path: steps };
  }
}
