import { codeMeanings, type ErrorEnvelope, errorEnvelope } from '../../../domain/failures.ts';
import type { CommandContext } from '../command-context.ts';
import { jsonDocument } from './output.ts';
import { safeText } from './text-width.ts';

/**
 * Tells the person, or with `--json` the program, what went wrong, and gives the exit code. A stack trace appears only
 * with `--verbose`, and only on standard error.
 */
export function reportError(error: unknown, context: CommandContext): number {
  const envelope = shownEnvelope(error, context);
  const { json, verbose } = context.flags();
  if (json) context.stdout.write(jsonDocument(envelope));
  else context.stderr.write(errorText(envelope, context));
  if (verbose) context.stderr.write(`${stackOf(error)}\n`);
  return codeMeanings[envelope.code].exit;
}

/** Suggestions name commands as this person types them. */
function shownEnvelope(error: unknown, { output }: CommandContext): ErrorEnvelope {
  const envelope = errorEnvelope(error);
  const { suggestion } = envelope;
  if (suggestion === undefined) return envelope;
  return { ...envelope, suggestion: output.talkStyles().hint(suggestion) };
}

function errorText(envelope: ErrorEnvelope, context: CommandContext): string {
  const styles = context.output.talkStyles();
  const { message, suggestion, fieldErrors = [] } = envelope;
  const lines = [`${styles.bad('error:')} ${safeText(message)}`];
  for (const { field, constraint } of fieldErrors) {
    if (message.includes(constraint)) continue;
    lines.push(`  ${safeText(field)}: ${safeText(constraint)}`);
  }
  if (suggestion !== undefined) lines.push(`${styles.dim('hint:')} ${safeText(suggestion)}`);
  return `${lines.join('\n')}\n`;
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by: ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
