import type { KeySources } from '../model/resolve-key.ts';
import type { HostRules } from '../tools/http/safe-request.ts';

/** What sending needs from outside. */
export interface DeliveryDependencies {
  readonly secrets: () => Promise<KeySources>;
  readonly lookUp: HostRules['lookUp'];
  readonly now: () => number;
}

/** A receiver has this long to answer, in milliseconds. */
export const timeoutMs = 10_000;

/** Says that an address leads into this machine or a network of one's own. */
export function isPrivateError(name: string): Error {
  return new Error(`${name} leads to a private address; set allowPrivate if that is meant`);
}

/** Says that a receiver did not answer in time. */
export function timeoutError(): Error {
  return new Error(`no answer within ${timeoutMs / 1_000} s`);
}
