/** One JSON line per event on stderr. Values are escaped: nothing hostile reaches a terminal (A2). */
import { escapeHostile } from '@countersign/seal';

export type Log = (event: string, fields?: Readonly<Record<string, string | number>>) => void;

const MAX_VALUE = 400;

export function logTo(program: string, write: (line: string) => void): Log {
  return (event, fields = {}) => {
    const shown = Object.entries(fields).map(([name, value]): readonly [string, string | number] => [
      name,
      typeof value === 'string' ? escapeHostile(value, MAX_VALUE) : value,
    ]);
    write(`${JSON.stringify({ program, event, ...Object.fromEntries(shown) })}\n`);
  };
}

export const stderrLog = (program: string): Log => logTo(program, (line) => void process.stderr.write(line));
