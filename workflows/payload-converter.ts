import { DefaultPayloadConverter, type Payload, type PayloadConverter } from '@temporalio/common';

import { undecodableMark } from '../domain/messages/reading.ts';

/**
 * The converter of worker, client and replay. Payloads are decoded before any handler runs, and a payload that cannot
 * be decoded would fail the workflow task for ever: so `fromPayload` never throws but leaves a mark that every guard
 * of domain/messages refuses.
 */
class ForgivingPayloadConverter implements PayloadConverter {
  readonly #inner = new DefaultPayloadConverter();
  readonly #mark = this.#inner.toPayload({ [undecodableMark]: true });

  readonly toPayload = (value: unknown): Payload => this.#inner.toPayload(value);

  readonly fromPayload: PayloadConverter['fromPayload'] = (payload) => {
    try {
      return this.#inner.fromPayload(payload);
    } catch {
      return this.#inner.fromPayload(this.#mark);
    }
  };
}

/** Found by name: `payloadConverterPath` points at this module. */
export const payloadConverter: PayloadConverter = new ForgivingPayloadConverter();
