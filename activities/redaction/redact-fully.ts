import { redactionMark } from '../../domain/redaction/redaction-mark.ts';
import type { ToolResult } from '../tools/tool.ts';
import { lintSecrets } from './lint-secrets.ts';
import type { Redactor } from './redactor.ts';

/** Takes known secrets, certain shapes, and what secretlint finds out of a text that goes to a model or stays for people. */
export async function redactFully(redactor: Redactor, text: string): Promise<string> {
  const clean = redactor.text(text);
  // A rule that fails must not cost an outcome: known values and certain shapes are out already.
  const ranges = await lintSecrets(clean).catch(() => []);
  let result = '';
  let at = 0;
  for (const { start, end } of ranges.toSorted((a, b) => a.start - b.start)) {
    if (start < at || clean.slice(start, end).includes(redactionMark)) continue;
    result += clean.slice(at, start) + redactionMark;
    at = end;
  }
  return result + clean.slice(at);
}

/** Performs a tool so that neither its result nor its error holds a secret. */
export async function redactedResult(
  redactor: Redactor,
  perform: () => Promise<ToolResult>,
): Promise<ToolResult> {
  try {
    const result = await perform();
    return { ...result, text: await redactFully(redactor, result.text) };
  } catch (error) {
    throw redactor.error(error);
  }
}
