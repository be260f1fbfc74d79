import { changedSettings } from '../../domain/settings/changed-settings.ts';
import type { ReloadReport } from '../../domain/settings/reload-report.ts';
import { readConfiguration } from '../../storage/definitions/read-configuration.ts';
import { writeReloadReport } from '../../storage/home/reload-report.ts';
import { transportError } from '../provision/transported-error.ts';
import type { InstanceOptions } from './instance-options.ts';
import { loadDefinitions } from './load-definitions.ts';

/** What a reload works on. */
export interface ReloadTarget {
  readonly options: Pick<InstanceOptions, 'config' | 'environment' | 'log'>;
  readonly databaseUrl: string;
  /** Puts a worker that reads the new settings in the place of the one that runs. */
  readonly replaceWorker: () => Promise<void>;
  /** Called when what stood in the files at this time is in force. */
  readonly onApplied: (at: string) => void;
}

/**
 * Makes what reads the configuration anew while an instance runs: all of it is checked before anything changes, and what
 * does not fit leaves everything as it was. It never throws; what came of it is in the data folder and in the log.
 */
export function createReload(target: ReloadTarget): () => Promise<void> {
  const { environment: variables, config } = target.options;
  const { databaseUrl, replaceWorker, onApplied } = target;
  const place = { home: config.home, variables, flags: {} };
  const atStart = readConfiguration(place).settings;
  let before = atStart;
  let last = Promise.resolve();
  const once = async (): Promise<void> => {
    const at = new Date().toISOString();
    try {
      const { settings } = readConfiguration(place);
      const changes = changedSettings({ atStart, before }, settings);
      const source = { databaseUrl, home: config.home, variables };
      // A new worker may not come up, and then no rule and no budget of the new settings may count either.
      if (changes.worker === 'begins-anew') await replaceWorker();
      const changed = await loadDefinitions(source, 'while-running');
      before = settings;
      onApplied(at);
      tell(target, { type: 'applied', at, definitions: changed.length, changed, changes });
    } catch (error) {
      tell(target, { type: 'refused', at, error: transportError(error) });
    }
  };
  return () => {
    // One after the other: each sees what the one before it put in force.
    last = last.then(once);
    return last;
  };
}

function tell({ options: { config, log } }: ReloadTarget, report: ReloadReport): void {
  const { type, ...rest } = report;
  log.write(`configuration-${type}`, rest);
  try {
    writeReloadReport(config.home, report);
  } catch (error) {
    // The reload is done all the same; only who waits for the answer has to look into the log.
    log.write('reload-not-reported', { error: String(error) });
  }
}
