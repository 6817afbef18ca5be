/** Program: the gateway of one enclave. `node gateway.ts CONFIG` or `COUNTERSIGN_CONFIG=CONFIG node gateway.ts`. */
import { loadGatewayConfig } from './gateway/gateway-config.ts';
import { startGateway } from './gateway/run-gateway.ts';
import { configPath } from './preflight/configuration.ts';
import { giveUp, runProgram } from './preflight/lifecycle.ts';
import { stderrLog } from './preflight/log.ts';

const log = stderrLog('gateway');
const config = loadGatewayConfig(configPath() ?? 'gateway.json');
if (!config.ok) giveUp(log, config.refusal);
await runProgram('gateway', log, async () => startGateway(config.value, log));
