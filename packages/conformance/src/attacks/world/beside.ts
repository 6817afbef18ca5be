/** A runner program beside the one of the scene, for the time of one trial. */
import { writeFileSync } from 'node:fs';
import type { Scene } from '../attack.ts';
import { Enclave, type EnclavePlace } from './enclave.ts';
import { status } from './status.ts';

/** Its memory lies beside that of the scene's runner, under this name; the same name again is the same runner, started again. */
export async function beside<T>(
  scene: Scene,
  { name, ...place }: { readonly name: string } & Partial<EnclavePlace>,
  use: (on: Scene) => Promise<T>,
): Promise<T> {
  const { world, hosts } = scene;
  const folder = `${scene.enclave.folder}-${name}`;
  const enclave = await Enclave.start(world, hosts, { folder, allowDemo: true, ...place });
  try {
    return await use({ ...scene, enclave });
  } finally {
    await enclave.stop();
  }
}

/** What a runner that knows nothing is given first. */
export function introduce({ world, enclave }: Scene): void {
  enclave.drop({ kind: 'trust', trust: world.trust });
  enclave.drop(status(world));
}

/** A clock that can be set, for programs and for whoever makes documents meanwhile. */
export class MovableClock {
  readonly file: string;
  readonly #scene: Scene;

  constructor(scene: Scene) {
    this.#scene = scene;
    this.file = `${scene.enclave.folder}-clock`;
    this.set(0);
  }

  /** Of programs alone: somebody sets the clock of that machine. */
  set(ms: number): void {
    writeFileSync(this.file, String(ms));
  }

  /** That much later than now, also for whoever makes documents meanwhile. */
  async later<T>(ms: number, use: () => Promise<T>): Promise<T> {
    this.set(ms);
    this.#scene.world.moveClock(ms);
    try {
      return await use();
    } finally {
      this.#scene.world.moveClock(0);
    }
  }
}
