import type { Json, JsonObject } from '../../../domain/json.ts';
import { singleLine } from '../output/text-width.ts';

/** Reads fields of an event: what is missing or of another type counts as absent, for logs outlive versions. */
export class EventFields {
  readonly #data: JsonObject;

  constructor(data: JsonObject) {
    this.#data = data;
  }

  /** A text on one line; empty when there is none. */
  line(name: string): string {
    return singleLine(this.text(name));
  }

  /** A text as it is; empty when there is none. */
  text(name: string): string {
    const value = this.#data[name];
    return typeof value === 'string' ? value : '';
  }

  number(name: string): number | null {
    const value = this.#data[name];
    return typeof value === 'number' ? value : null;
  }

  flag(name: string): boolean | undefined {
    const value = this.#data[name];
    return typeof value === 'boolean' ? value : undefined;
  }

  /** Texts of a list, each on one line; empty when there is none. */
  lines(name: string): readonly string[] {
    const value = this.#data[name];
    if (!Array.isArray(value)) return [];
    return value.flatMap((item: unknown) => (typeof item === 'string' ? [singleLine(item)] : []));
  }

  inside(name: string): EventFields {
    const value = this.#data[name];
    return new EventFields(isObject(value) ? value : {});
  }
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The number of a turn out of its id, or of anything below it; 0 when it holds none. */
export function turnNumber(id: string): number {
  return Number(/\/t(\d+)(?:\/|$)/.exec(id)?.[1] ?? 0);
}
