import { setTimeout as delay } from 'node:timers/promises';

import { HoldfastError } from '../../../domain/failures.ts';
import type { SecretReport } from '../../../domain/secrets/secret-report-schema.ts';
import type { CommandContext } from '../command-context.ts';
import { readInstance } from '../instance/home-door.ts';
import { secretsText } from './list-secrets.ts';
import { readSecretReport } from './secrets-door.ts';

/** Programs that print secrets have 20 s each, all at once; then the worker has told. Milliseconds. */
const waitMs = 25_000;
const pollMs = 50;

/** Has the running worker read its secrets anew, and shows what it found. @throws {HoldfastError} unavailable */
export async function reloadSecrets(context: CommandContext): Promise<void> {
  // Says how to start one when nothing runs.
  await context.instance();
  const report = await reload(context);
  if (report === undefined) {
    throw new HoldfastError('unavailable', 'the worker did not say that it has read its secrets', {
      suggestion: 'see worker.log in the logs of the data folder',
    });
  }
  const { secrets, error } = report;
  if (error !== undefined) {
    throw new HoldfastError('invalid_argument', error, {
      suggestion: 'mend it and reload again; until then the worker uses what it had',
    });
  }
  const { output } = context;
  output.result({ secrets }, (styles) => secretsText(secrets, styles, output.width()));
}

/** Tells a running worker, if there is one. Returns whether it now uses what is there. */
export async function askToReload(context: CommandContext): Promise<boolean> {
  const report = await reload(context);
  return report !== undefined && report.error === undefined;
}

async function reload({ home, sendSignal }: CommandContext): Promise<SecretReport | undefined> {
  const state = readInstance(home, sendSignal);
  if (state.type !== 'running' || state.record.parts.worker === undefined) return undefined;
  const before = readSecretReport(home)?.at;
  sendSignal(state.record.supervisor.pid, 'SIGHUP');
  for (let waited = 0; waited < waitMs; waited += pollMs) {
    const report = readSecretReport(home);
    if (report !== undefined && report.at !== before) return report;
    await delay(pollMs);
  }
  return undefined;
}
