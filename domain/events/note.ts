import type { JsonObject } from '../json.ts';
import type { EventType } from './event-types.ts';

/**
 * Something that happened in the workflow, on its way to the event log: it rides in the next activity's input and
 * is written in that activity's transaction. `position` counts per run from 1, so that writing twice writes once.
 */
export interface Note {
  readonly position: number;
  readonly type: EventType;
  readonly atMs: number;
  readonly data: JsonObject;
}
