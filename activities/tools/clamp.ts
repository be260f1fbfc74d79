import type { Hash } from '../../domain/json.ts';
import { clampOutput } from '../sandbox/process/clamp-output.ts';

/**
 * Cuts a tool's text to the 50,000 characters that a model is shown at most, with `[TRUNCATED at N bytes]` after the
 * cut and, when `full` names it, where the full text is.
 */
export function clampForModel(text: string, full?: { readonly blob: Hash }): string {
  const shown = clampOutput(text);
  if (shown === text || full === undefined) return shown;
  return `${shown}\n[the full text has ${Buffer.byteLength(text)} bytes and is kept as blob ${full.blob}]`;
}
