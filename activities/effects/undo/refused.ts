import { HoldfastError, type ErrorCode } from '../../../domain/failures.ts';
import type { UndoAnswer } from '../../../domain/effects/undo.ts';
import { ToolError } from '../../tools/tool.ts';

/** Thrown when an effect is not taken back; nothing was done. */
export class UndoRefused extends Error {
  override readonly name = 'UndoRefused';
  readonly code: ErrorCode;
  readonly suggestion: string | undefined;

  constructor(code: ErrorCode, message: string, suggestion?: string) {
    super(message);
    this.code = code;
    this.suggestion = suggestion;
  }
}

/** The answer to a person out of what says that nothing was done; undefined for every other error. */
export function refusalOf(error: unknown): UndoAnswer | undefined {
  if (error instanceof ToolError) {
    return { type: 'refused', code: error.code, message: error.message };
  }
  const isOurs =
    error instanceof UndoRefused || (error instanceof HoldfastError && mendable.has(error.code));
  if (!isOurs) return undefined;
  const { code, message, suggestion } = error;
  return {
    type: 'refused',
    code,
    message,
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

/** What a person has to mend first. */
const mendable: ReadonlySet<ErrorCode> = new Set(['workspace_lost', 'sandbox_unavailable']);
