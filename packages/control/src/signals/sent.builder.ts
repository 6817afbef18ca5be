/** Signals sent to an opened control. */
import { control } from '../testkit/opened.builder.ts';

/** As many signals as asked for, each of a rule of its own. */
export async function signals(
  count: number,
  rule = 'NetScan',
  by = 'source:alertmanager-dc1',
): Promise<readonly string[]> {
  const alerts = Array.from({ length: count }, (_, n) => ({
    status: 'firing',
    labels: { alertname: `${rule}${n}`, severity: 'critical', target: `web-${n}` },
    startsAt: '2026-11-21T11:00:00Z',
  }));
  const answer = await control.ask(by, 'POST', '/api/v1/signals/alertmanager', { body: { version: '4', alerts } });
  return answer.json<{ signals: string[] }>().signals;
}
