import { appendFileSync, existsSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A log that grew over this is put aside at the next start of its writer; one old file is kept. */
const maxLogBytes = 10 * 1024 * 1024;

/** The logs of an instance: one file for the supervisor, one for each part. */
export interface InstanceLog {
  /** Writes one line of the supervisor, as JSON with time and event. */
  readonly write: (event: string, fields?: object) => void;
  /** Opens the file of a part for appending; whoever takes it closes it. */
  readonly open: (part: string) => number;
  /** The last lines of a part's file, for error messages. */
  readonly tail: (part: string, lines: number) => string;
  /** Makes a line that a part printed fit to be kept. */
  readonly redact: (line: string) => string;
}

/** Opens the logs in a folder. Each line goes through `redact`, which makes it fit to be kept. */
export function openInstanceLog(folder: string, redact: (line: string) => string): InstanceLog {
  const fileOf = (part: string): string => join(folder, `${part}.log`);
  putAside(fileOf('instance'));
  return {
    write: (event, fields = {}) => {
      const line = redact(JSON.stringify({ time: new Date().toISOString(), event, ...fields }));
      try {
        appendFileSync(fileOf('instance'), `${line}\n`, { mode: 0o600 });
      } catch {
        // A full disk must not stop the supervisor.
      }
    },
    open: (part) => {
      putAside(fileOf(part));
      return openSync(fileOf(part), 'a', 0o600);
    },
    redact,
    tail: (part, lines) => {
      if (!existsSync(fileOf(part))) return '';
      return readFileSync(fileOf(part), 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
    },
  };
}

function putAside(file: string): void {
  if (existsSync(file) && statSync(file).size > maxLogBytes) renameSync(file, `${file}.old`);
}
