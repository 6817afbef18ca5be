/** Keys of a log and its witnesses in a file of the verifier: one verifier key a line, the log's and as many witnesses' as it knows. */
import { parseVkey, type CheckpointTrust } from '@countersign/seal';
import { readFileSync, statSync } from 'node:fs';
import { EXIT } from '../cli/exit-codes.ts';
import { Failure } from '../cli/failure.ts';
import { safe } from '../cli/safe-text.ts';

const MAX_KEY_FILE_BYTES = 65_536;

/** `witnessQuorum`: how many of the witnesses have to have cosigned each checkpoint. */
export function readLogKeys(file: string, witnessQuorum: number): CheckpointTrust {
  const bad = (detail: string): Failure =>
    new Failure(EXIT.usage, { code: 'bad-key', detail: `${safe(file)}: ${detail}` });
  if (statSync(file).size > MAX_KEY_FILE_BYTES) throw bad('too large for a list of keys');
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const keys = lines.map((line) => {
    const key = parseVkey(line);
    if (!key.ok) throw bad(key.refusal.detail);
    return key.value;
  });
  const logs = keys.filter(({ role }) => role === 'log');
  const [logKey] = logs;
  if (logKey === undefined || logs.length > 1) throw bad(`${logs.length} keys of a log, exactly one is expected`);
  const witnessKeys = keys.filter(({ role }) => role === 'witness');
  if (witnessQuorum > witnessKeys.length) throw bad(`${witnessKeys.length} witnesses cannot reach ${witnessQuorum}`);
  return { logKey, witnessKeys, witnessQuorum };
}
