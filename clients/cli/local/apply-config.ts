import { setTimeout as wait } from 'node:timers/promises';

import { HoldfastError } from '../../../domain/failures.ts';
import type { ReloadReport } from '../../../domain/settings/reload-report.ts';
import type { CommandContext } from '../command-context.ts';
import { readReloadReport } from '../instance/home-door.ts';
import { receivedError } from '../instance/received-error.ts';

/** A worker that begins anew has a minute to come up; then the instance has answered. Milliseconds. */
const waitLimitMs = 70_000;

/**
 * Has the running instance read settings and policies anew, and says what became of it.
 *
 * @throws {HoldfastError} invalid_argument with file, line and column of what does not fit: then the old ones stay;
 * unavailable when nothing runs.
 */
export async function applyConfig(context: CommandContext): Promise<void> {
  const report = await reload(context);
  if (report.type === 'refused') throw receivedError(report.error);
  const { definitions, changed, changes } = report;
  const { applied, atNextStart, worker } = changes;
  const document = { definitions, changed, settings: applied, atNextStart, worker };
  context.output.result(document, (styles) => {
    const isSame = definitions === 0 && applied.length + atNextStart.length === 0;
    if (isSame) return 'nothing has changed\n';
    const lines = [
      styles.good('applied'),
      ...(definitions === 0
        ? []
        : [
            `  changed: ${changed.join(', ')}`,
            '  runs that have begun keep theirs, and new rules tighten them',
          ]),
      ...(applied.length === 0 ? [] : [`  settings: ${applied.join(', ')}`]),
      ...(worker === 'stays'
        ? []
        : ['  a new worker goes by them; the old one ends what it has begun']),
    ];
    return `${lines.join('\n')}\n`;
  });
  if (atNextStart.length === 0) return;
  const names = atNextStart.join(', ');
  context.output.hint(
    `${names}: counts from the next start on; holdfast down, then holdfast up --detach`,
  );
}

async function reload(context: CommandContext): Promise<ReloadReport> {
  const { home, sendSignal } = context;
  // Says how to start one when nothing runs.
  const { configuredAt, supervisor } = await context.instance();
  // SAFETY: an older program does not know the signal and would end by it.
  if (configuredAt === undefined) {
    throw new HoldfastError('conflict', 'the instance was started by an older version', {
      suggestion: 'start it anew: holdfast down, then holdfast up --detach',
    });
  }
  const before = readReloadReport(home)?.at;
  sendSignal(supervisor.pid, 'SIGHUP');
  const deadline = performance.now() + waitLimitMs;
  while (performance.now() < deadline) {
    const report = readReloadReport(home);
    if (report !== undefined && report.at !== before) return report;
    await wait(30);
  }
  throw new HoldfastError('unavailable', 'the instance did not say what became of its settings', {
    suggestion: `see ${home}/logs/instance.log`,
  });
}
