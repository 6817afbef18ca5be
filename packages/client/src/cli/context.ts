/** What every command is given. */
import { connect, type Client } from '../client.ts';
import { Output } from './output.ts';
import { Progress } from './progress.ts';
import { readSettings, type GlobalOptions, type Settings } from './settings.ts';
import type { World } from './world.ts';

export interface Context {
  readonly client: Client;
  readonly world: World;
  readonly settings: Settings;
  readonly output: Output;
  readonly progress: () => Progress;
}

export function contextOf(options: GlobalOptions, world: World): Context {
  const settings = readSettings(options, world.environment, {
    isTerminal: world.isOutTerminal,
    now: world.now(),
  });
  const { url, token, session } = settings;
  return {
    client: connect({
      url,
      ...(token !== undefined && { token }),
      ...(session !== undefined && { session }),
      pause: (ms) => world.pause(ms, world.interrupted),
    }),
    world,
    settings,
    output: new Output(world, settings),
    progress: () => new Progress(world, !settings.isQuiet && !settings.isJson),
  };
}
