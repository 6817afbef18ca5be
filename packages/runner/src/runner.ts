/** Program: the runner of one enclave. `node runner.ts CONFIG` or `COUNTERSIGN_CONFIG=CONFIG node runner.ts`. */
import { startRunner } from './inbox/run-runner.ts';
import { configPath } from './preflight/configuration.ts';
import { giveUp, runProgram } from './preflight/lifecycle.ts';
import { stderrLog } from './preflight/log.ts';
import { loadRunnerConfig } from './preflight/runner-config.ts';

const log = stderrLog('runner');
const config = loadRunnerConfig(configPath() ?? 'runner.json');
if (!config.ok) giveUp(log, config.refusal);
await runProgram('runner', log, async () => {
  const running = startRunner(config.value, log);
  if (!running.ok) giveUp(log, running.refusal);
  return running.value;
});
