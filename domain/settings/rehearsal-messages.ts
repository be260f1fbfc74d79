import { isJsonObject } from '../json.ts';
import type { TransportedError } from './provision-report.ts';

/** What the rehearsal program tells the command that started it. */
export type RehearsalEvent =
  /** It listens; `url` is the base address for a model, `/v1` included. */
  | { readonly type: 'ready'; readonly url: string; readonly port: number }
  | { readonly type: 'failed'; readonly error: TransportedError };

/** True for a message of the rehearsal program; programs and commands are always of the same build. */
export function isRehearsalEvent(value: unknown): value is RehearsalEvent {
  return isJsonObject(value) && ['ready', 'failed'].includes(String(value['type']));
}
