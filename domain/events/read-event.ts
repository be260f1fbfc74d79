import type { ErrorCode } from '../failures.ts';
import { isJsonObject } from '../json.ts';
import { eventSchema, type RunEvent } from './event-schema.ts';
import { eventSchemaVersion } from './event-types.ts';
import { withFieldsAddedLater } from './fields-added-later.ts';

/** An event as a row of the log holds it. */
export interface StoredEvent {
  readonly runId: string;
  readonly seq: number;
  readonly tenant: string;
  /** Major version that it was written in. */
  readonly schemaVersion: number;
  readonly type: string;
  /** ISO 8601. */
  readonly at: string;
  readonly data: unknown;
}

/** An event that this program does not understand, and why. */
export interface RefusedEvent {
  /** `<runId>#<seq>`. */
  readonly id: string;
  readonly runId: string;
  readonly seq: number;
  /** Its type, as it is written. */
  readonly event: string;
  /** Major version that it was written in. */
  readonly eventVersion: number;
  readonly error: {
    readonly code: ErrorCode;
    readonly message: string;
    readonly suggestion: string;
  };
}

/** What a reader gets for a row of the log. */
export type EventReading =
  | { readonly type: 'event'; readonly event: RunEvent }
  | { readonly type: 'refused'; readonly refused: RefusedEvent };

/**
 * Reads an event of the log in the form of today. One of a newer version, or one that does not fit its schema, is refused
 * rather than misread; those around it stay readable.
 */
export function readEvent(stored: StoredEvent): EventReading {
  const { runId, seq, schemaVersion, type: event } = stored;
  const id = `${runId}#${seq}`;
  const refuse = (why: Refusal): EventReading => {
    const error = { code: 'invalid_argument', ...why } as const;
    return {
      type: 'refused',
      refused: { id, runId, seq, event, eventVersion: schemaVersion, error },
    };
  };
  const newer = newerVersion(stored);
  if (newer !== undefined) return refuse(newer);
  const data = isJsonObject(stored.data) ? withFieldsAddedLater(event, stored.data) : stored.data;
  const parsed = eventSchema.safeParse({ ...stored, data, id, correlationId: runId });
  if (parsed.success) return { type: 'event', event: parsed.data };
  const faults = parsed.error.issues.map(
    ({ path, message }) => `${path.map(String).join('.')}: ${message}`,
  );
  return refuse({
    message: `event ${seq} (${event}) does not fit its schema: ${faults.join('; ')}`,
    suggestion: 'another program wrote or changed it: look at the row in the table events',
  });
}

/** Why something is not read, and what to do about it. */
interface Refusal {
  readonly message: string;
  readonly suggestion: string;
}

/** Says that an event is of a version that only a newer program reads; undefined for all others. */
export function newerVersion({
  seq,
  type,
  schemaVersion,
}: Pick<StoredEvent, 'seq' | 'type' | 'schemaVersion'>): Refusal | undefined {
  if (schemaVersion <= eventSchemaVersion) return undefined;
  return {
    message: `event ${seq} (${type}) is of version ${schemaVersion}; this program reads up to ${eventSchemaVersion}`,
    suggestion: 'read it with the newer holdfast that wrote it',
  };
}
