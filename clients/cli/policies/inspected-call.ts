import type { InspectedCall } from '../../../activities/commands/inspect.ts';
import { HoldfastError } from '../../../domain/failures.ts';
import { isJsonObject } from '../../../domain/json.ts';
import { wrongUse } from '../wrong-use.ts';

/** A call given by options. */
export interface CallOptions {
  readonly tool?: string;
  readonly arg?: { readonly [name: string]: string };
  /** A JSON object. */
  readonly args?: string;
}

/**
 * The call that `--tool`, `--arg` and `--args` name.
 *
 * @throws {HoldfastError} invalid_argument
 */
export function callOfOptions({ tool, arg = {}, args }: CallOptions): InspectedCall {
  if (tool === undefined) {
    throw wrongUse(
      'no call is given',
      "name one with --tool shell --arg command='git status', or pipe calls in with --stdin",
    );
  }
  if (args === undefined) return { tool, arguments: arg };
  const whole = parsed(args);
  if (!isJsonObject(whole))
    throw wrongUse('--args is no JSON object', `write --args '{"path": "a.txt"}'`);
  return { tool, arguments: { ...whole, ...arg } };
}

/**
 * The call of one line of JSON, `{"tool": "…", "arguments": {…}}`.
 *
 * @throws {HoldfastError} invalid_argument
 */
export function callOfLine(text: string): InspectedCall {
  const value = parsed(text);
  if (!isJsonObject(value)) throw badLine('line', 'a JSON object');
  const { tool, arguments: args = {} } = value;
  if (typeof tool !== 'string') throw badLine('tool', 'a text');
  if (!isJsonObject(args)) throw badLine('arguments', 'a JSON object');
  return { tool, arguments: args };
}

function badLine(field: string, constraint: string): HoldfastError {
  const what = field === 'line' ? 'the line' : `"${field}"`;
  return new HoldfastError('invalid_argument', `${what} must be ${constraint}`, {
    suggestion: 'write {"tool": "shell", "arguments": {"command": "git status"}}',
    fieldErrors: [{ field, constraint }],
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
