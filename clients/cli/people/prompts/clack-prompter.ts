import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { confirm, isCancel, password, select, text } from '@clack/prompts';

import type { CommandContext } from '../../command-context.ts';
import { singleLine } from '../../output/text-width.ts';
import type { Prompter } from './prompter.ts';

/** Asks on the terminal of the process. */
export function createClackPrompter({ environment }: CommandContext): Prompter {
  return {
    select: async ({ message, choices, signal }) => {
      const picked = await select<string>({
        message: singleLine(message),
        options: choices.map(({ value, label, hint }) => ({
          value,
          label: singleLine(label),
          ...(hint === undefined ? {} : { hint: singleLine(hint) }),
        })),
        ...(signal === undefined ? {} : { signal }),
      });
      return choices.find(({ value }) => value === picked)?.value;
    },
    text: async ({ message, placeholder, initial, isRequired, check, signal }) => {
      const typed = await text({
        message: singleLine(message),
        ...(placeholder === undefined ? {} : { placeholder }),
        ...(initial === undefined ? {} : { initialValue: singleLine(initial) }),
        validate: (value) => {
          const given = value ?? '';
          if (isRequired && given.trim() === '') return 'write something, or press Escape';
          return check?.(given);
        },
        ...(signal === undefined ? {} : { signal }),
      });
      return isCancel(typed) ? undefined : typed;
    },
    hidden: async ({ message, check }) => {
      const typed = await password({
        message: singleLine(message),
        validate: (value) => check(value ?? ''),
      });
      return isCancel(typed) ? undefined : typed;
    },
    confirm: async ({ message, signal }) => {
      const answer = await confirm({
        message: singleLine(message),
        ...(signal === undefined ? {} : { signal }),
      });
      return isCancel(answer) ? undefined : answer;
    },
    edit: (content, fileName) => editText(content, fileName, environment),
  };
}

async function editText(
  content: string,
  fileName: string,
  environment: CommandContext['environment'],
): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-edit-'));
  const file = join(folder, fileName);
  try {
    await writeFile(file, content, { mode: 0o600 });
    const [program = 'vi', ...args] = editorCommand(environment);
    const code = await new Promise<number | null>((resolve) => {
      const child = spawn(program, [...args, file], { stdio: 'inherit' });
      child.once('error', () => resolve(null));
      child.once('close', resolve);
    });
    const edited = await readFile(file, 'utf8');
    return code === 0 && edited !== content ? edited : undefined;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The variables may hold options (`code --wait`), as for git; quotes in them are not understood. */
function editorCommand(environment: CommandContext['environment']): readonly string[] {
  const named = [environment['VISUAL'], environment['EDITOR']].find(
    (value) => value !== undefined && value.trim() !== '',
  );
  return (named ?? 'vi').trim().split(/\s+/);
}
