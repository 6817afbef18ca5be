/** Program: the witness of a record. `node witness.ts CONFIG` or `COUNTERSIGN_CONFIG=CONFIG node witness.ts`. */
import { configPath } from './preflight/configuration.ts';
import { giveUp, runProgram } from './preflight/lifecycle.ts';
import { stderrLog } from './preflight/log.ts';
import { startWitness } from './witness/run-witness.ts';
import { loadWitnessConfig } from './witness/witness-config.ts';

const log = stderrLog('witness');
const config = loadWitnessConfig(configPath() ?? 'witness.json');
if (!config.ok) giveUp(log, config.refusal);
await runProgram('witness', log, async () => {
  const running = startWitness(config.value, log);
  if (!running.ok) giveUp(log, running.refusal);
  return running.value;
});
