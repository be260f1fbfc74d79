import { z } from 'zod';

import { previewOf } from '../../../domain/tools/prepared-call.ts';
import type { SandboxOutcome } from '../../sandbox/sandbox-command.ts';
import { pathSchema, textSchema } from '../argument-schemas.ts';
import { noToolSecrets } from '../../secrets/tool-secrets.ts';
import {
  commandEffect,
  probeCommand,
  runDurably,
  type CommandRunner,
} from '../sandboxed-command.ts';
import type { Tool, ToolResult } from '../tool.ts';
import type { ToolSecrets } from '../tool-secrets.ts';
import {
  commandDetail,
  factsOfCommand,
  resolveFolder,
  type FindShellFacts,
} from './command-facts.ts';
import { commandEnvironment } from './command-environment.ts';
import { requirePreparedFolder } from './prepared-folder.ts';

/** Longest a command may run. Seconds. */
const maxSeconds = 120;

const schema = z.strictObject({
  command: textSchema(20_000)
    .refine((text) => text.trim() !== '', 'must not be blank')
    .describe('Command text for bash.'),
  cwd: pathSchema.default('.').describe('Folder to run it in, relative to the workspace.'),
  timeoutSeconds: z
    .int()
    .min(1)
    .max(maxSeconds)
    .default(maxSeconds)
    .describe('Time after which it is ended.'),
});

/**
 * Runs a command text in the sandbox, where it outlives the worker: the probe goes on with it, or finds how it ended.
 * Of one that was lost nobody can tell what it did, so a person settles it.
 */
export function createShellTool(
  runner: CommandRunner,
  find: FindShellFacts,
  secrets: ToolSecrets = noToolSecrets,
): Tool<z.infer<typeof schema>> {
  return {
    name: 'shell',
    version: 1,
    access: 'change',
    description:
      'Runs a bash command in the workspace, closed in a sandbox, without network. Every command starts afresh: variables and folders do not carry over. What is left running is ended.',
    schema,
    changes: 'anything',
    effect: commandEffect,
    prepare: async ({ command, cwd }, { workspace }) => {
      const folder = await resolveFolder(workspace, cwd);
      const { granted } = await secrets.forCommand();
      const facts = await factsOfCommand(find, workspace, { text: command, folder, granted });
      return {
        facts,
        preconditions: { path: folder },
        preview: previewOf(folder === '.' ? `$ ${command}` : `${folder} $ ${command}`),
        detail: commandDetail(command, folder, facts),
      };
    },
    perform: async ({ command, cwd, timeoutSeconds }, context) => {
      const folder = await requirePreparedFolder(cwd, context);
      const { environment } = await secrets.forCommand();
      const outcome = await runDurably(
        runner,
        {
          argv: ['bash', '-c', command],
          cwd: folder,
          environment: { ...commandEnvironment, ...environment },
          workspaceAccess: 'read-write',
          // SAFETY: the host's network would open its loopback, and with it database and Temporal, to the command.
          network: 'none',
          wallMs: Math.min(timeoutSeconds * 1_000, context.timeoutMs),
        },
        context,
      );
      return resultOf(outcome);
    },
    probe: async (_, context) => probeCommand(runner, context, resultOf),
  };
}

function resultOf(outcome: SandboxOutcome): ToolResult {
  const text = textOf(outcome);
  switch (outcome.status) {
    case 'OK':
      return outcome.exitCode === 0
        ? { status: 'ok', text, progress: true }
        : { status: 'error', code: 'execution_error', text, progress: false };
    case 'TIMEOUT':
      return { status: 'error', code: 'timeout', text, progress: false };
    case 'MEM_LIMIT':
      return { status: 'error', code: 'execution_error', text, progress: false };
    case 'SANDBOX_DENIED':
      return { status: 'error', code: 'sandbox_denied', text, progress: false };
    case 'INTERNAL_ERROR':
      // Nobody knows how far it came: not an answer, but an outcome that nobody saw.
      throw new Error(`the command was ended from outside: ${outcome.reason ?? 'no reason given'}`);
  }
}

/** What a model reads of a command: the exit code first, because a long output loses its end. */
function textOf({ exitCode, reason, output }: SandboxOutcome): string {
  const lines = [`exit code ${exitCode}${reason === undefined ? '' : ` (${reason})`}`];
  if (output.combined.trim() === '') lines.push('[no output]');
  else lines.push(output.combined.trimEnd());
  if (output.isTruncated) {
    lines.push(
      `[the command printed ${output.stdoutBytes + output.stderrBytes} bytes; the rest was not kept]`,
    );
  }
  if (output.hasReplacements) lines.push('[\u{FFFD} stands for bytes that are no UTF-8]');
  return lines.join('\n');
}
