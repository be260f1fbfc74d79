import { shortestSecret } from '../../../activities/secrets/inspect.ts';
import { HoldfastError } from '../../../domain/failures.ts';
import { secretNameSchema } from '../../../domain/secrets/secret-schema.ts';
import type { CommandContext } from '../command-context.ts';
import { loadSettings } from '../instance/home-door.ts';
import { canPrompt } from '../people/prompts/prompter.ts';
import { readStdin } from '../read-stdin.ts';
import { askToReload } from './reload-secrets.ts';
import { putStoredSecret, removeStoredSecret, rotateSecretKey } from './secrets-door.ts';

/** Stores a secret; a running worker has it before the command ends. */
export async function setSecret(context: CommandContext, name: string): Promise<void> {
  const { home, output } = context;
  requireName(name);
  requireStored(context, name);
  const value = await readValue(context, name);
  const change = putStoredSecret(home, { name, value, now: new Date() });
  const inUse = await askToReload(context);
  output.result({ name, change, inUse }, () =>
    inUse
      ? `${name} was ${change}; the worker uses it\n`
      : `${name} was ${change}; nothing runs here that uses it yet\n`,
  );
}

/** Removes a secret from the store; a running worker forgets it before the command ends. */
export async function removeSecret(context: CommandContext, name: string): Promise<void> {
  const { home, output } = context;
  requireName(name);
  removeStoredSecret(home, name);
  const reloaded = await askToReload(context);
  output.result({ name, change: 'removed', reloaded }, () => `${name} was removed\n`);
}

/** Encrypts the store anew. */
export async function rotateKey(context: CommandContext): Promise<void> {
  const { home, output } = context;
  const { keyId, count } = rotateSecretKey(home, new Date());
  const reloaded = await askToReload(context);
  output.result(
    { keyId, count, reloaded },
    () => `${count} secret(s) are encrypted with the new key ${keyId}; the old one is gone\n`,
  );
}

function requireName(name: string): void {
  const parsed = secretNameSchema.safeParse(name);
  if (parsed.success) return;
  const constraint = parsed.error.issues[0]?.message ?? 'does not fit';
  throw new HoldfastError(
    'invalid_argument',
    `"${name}" cannot be the name of a secret: ${constraint}`,
    {
      fieldErrors: [{ field: 'name', constraint }],
    },
  );
}

/** A value in the store that nobody would read is a trap. */
function requireStored({ home, environment }: CommandContext, name: string): void {
  const { settings } = loadSettings({ home, variables: environment, flags: {} });
  const declared = Object.hasOwn(settings.secrets, name) ? settings.secrets[name] : undefined;
  const { env, file, command } = declared ?? {};
  if (env === undefined && file === undefined && command === undefined) return;
  throw new HoldfastError('conflict', `the settings say that ${name} comes from elsewhere`, {
    suggestion: `change it there, or take env, file and command out of secrets.${name} in holdfast.yaml`,
  });
}

/** SAFETY: never an argument, which every user of the machine could see. */
async function readValue(context: CommandContext, name: string): Promise<string> {
  if (!context.terminal.stdin) {
    const value = (await readStdin(context)).replace(/\r?\n$/, '');
    const mistake = mistakeIn(value);
    if (mistake === undefined) return value;
    throw new HoldfastError('invalid_argument', `the value that was piped in ${mistake}`, {
      suggestion: `for example: printf %s "$VALUE" | holdfast secrets set ${name}`,
    });
  }
  if (!canPrompt(context)) {
    throw new HoldfastError('invalid_argument', 'no value was piped in', {
      suggestion: `for example: printf %s "$VALUE" | holdfast secrets set ${name}`,
    });
  }
  const prompter = await context.prompter();
  const typed = await prompter.hidden({
    message: `Value of ${name}`,
    check: (value) => {
      const mistake = mistakeIn(value);
      return mistake === undefined ? undefined : `it ${mistake}`;
    },
  });
  if (typed !== undefined) return typed;
  throw new HoldfastError('invalid_argument', 'nothing was typed, so nothing was stored');
}

/** Longest value. Characters. */
const longest = 64 * 1024;

function mistakeIn(value: string): string | undefined {
  if (value.trim() === '') return 'is empty';
  if (value.length < shortestSecret) {
    return `is shorter than ${shortestSecret} characters: no output could be kept free of it`;
  }
  if (value.length > longest) return 'is longer than 64 KiB';
  return value.includes('\0') || value.includes('\uFFFD') ? 'is no text' : undefined;
}
