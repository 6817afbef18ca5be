// The command line program `cs` (also `countersign`).
import { run } from './cli/run.ts';
import { realWorld } from './cli/world.ts';

process.exitCode = await run(process.argv.slice(2), realWorld());
