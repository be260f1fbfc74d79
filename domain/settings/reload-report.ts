import { isJsonObject } from '../json.ts';
import type { ChangedSettings } from './changed-settings.ts';
import type { TransportedError } from './provision-report.ts';

/** What came of reading the configuration anew, as the instance leaves it in its data folder. `at`: ISO 8601. */
export type ReloadReport =
  | {
      readonly type: 'applied';
      readonly at: string;
      /** How many policies, models and so on are new, changed or gone. */
      readonly definitions: number;
      /** Which they are, such as `model fast` and `policy old removed`. */
      readonly changed: readonly string[];
      readonly changes: ChangedSettings;
    }
  | { readonly type: 'refused'; readonly at: string; readonly error: TransportedError };

/** True for a report of an instance; programs and commands are always of the same build. */
export function isReloadReport(value: unknown): value is ReloadReport {
  return isJsonObject(value) && ['applied', 'refused'].includes(String(value['type']));
}
