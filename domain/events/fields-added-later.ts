import type { JsonObject } from '../json.ts';
import type { EventType } from './event-types.ts';

/** Fields that a type got after events of it were written, each with the value that says that nobody knows. */
const addedLater: { readonly [type in EventType]?: JsonObject } = {
  'model.fallback': { tokens: null, costMicroUsd: null, errors: [] },
};

/** Brings what an event carries to the form of today: fields that it was written without are filled in. */
export function withFieldsAddedLater<Data extends { readonly [field: string]: unknown }>(
  type: string,
  data: Data,
): Data {
  return { ...(isTold(type) ? addedLater[type] : {}), ...data };
}

function isTold(type: string): type is EventType {
  return Object.hasOwn(addedLater, type);
}
