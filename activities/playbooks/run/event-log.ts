import { closeSync, existsSync, openSync, readSync } from 'node:fs';

import {
  playbookEventSchema,
  type PlaybookEvent,
} from '../../../domain/playbooks/playbook-event-schema.ts';

/** How often new events are looked for. Milliseconds. */
const pollMs = 100;
const pieceBytes = 256 * 1024;
const lineFeed = 0x0a;

/** Reads the events of a playbook while they are written. */
export interface EventLog {
  /** Reads what is left, and stops. */
  readonly finish: () => void;
}

/**
 * Hands on every event of the file, from its first byte on, with the number of bytes read with it. A line that is no
 * event is left out. The file may not be there yet.
 */
export function followEvents(
  file: string,
  onEvent: (event: PlaybookEvent, endByte: number) => void,
): EventLog {
  let descriptor: number | undefined;
  let position = 0;
  let rest = Buffer.alloc(0);

  const read = (): void => {
    if (descriptor === undefined && !existsSync(file)) return;
    descriptor ??= openSync(file, 'r');
    const piece = Buffer.allocUnsafe(pieceBytes);
    for (;;) {
      const bytes = readSync(descriptor, piece, 0, pieceBytes, position);
      if (bytes === 0) return;
      position += bytes;
      rest = Buffer.concat([rest, piece.subarray(0, bytes)]);
      for (let end = rest.indexOf(lineFeed); end >= 0; end = rest.indexOf(lineFeed)) {
        const line = rest.subarray(0, end).toString('utf8');
        rest = rest.subarray(end + 1);
        const event = parseEvent(line);
        if (event !== undefined) onEvent(event, position - rest.byteLength);
      }
    }
  };
  const timer = setInterval(read, pollMs);
  return {
    finish: () => {
      clearInterval(timer);
      read();
      if (descriptor !== undefined) closeSync(descriptor);
    },
  };
}

function parseEvent(line: string): PlaybookEvent | undefined {
  try {
    return playbookEventSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
