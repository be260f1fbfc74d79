import { z } from 'zod';

import { previewOf } from '../../../domain/tools/prepared-call.ts';
import { pathSchema, textSchema } from '../argument-schemas.ts';
import { noToolSecrets } from '../../secrets/tool-secrets.ts';
import {
  commandEffect,
  probeCommand,
  runDurably,
  type CommandRunner,
} from '../sandboxed-command.ts';
import { commandEnvironment } from '../shell/command-environment.ts';
import {
  commandDetail,
  factsOfCommand,
  resolveFolder,
  type FindShellFacts,
} from '../shell/command-facts.ts';
import { requirePreparedFolder } from '../shell/prepared-folder.ts';
import { ToolError, type OpenWorkspace, type Tool } from '../tool.ts';
import type { ToolSecrets } from '../tool-secrets.ts';
import { detectFramework, testCommands, type Framework } from './detect-framework.ts';
import { isPlainCommand, plainTestCommand } from './plain-test-command.ts';
import { testResult } from './test-result.ts';

/** Longest a test run may take, and how long without a wish. Seconds. */
const maxSeconds = 1_800;
const defaultSeconds = 300;

const schema = z.strictObject({
  command: textSchema(2_000)
    .refine((text) => text.trim() !== '', 'must not be blank')
    .optional()
    .describe(
      'Test command, such as `npm test -- src/a.test.ts`. Leave out to run all tests of a pytest, cargo, npm or go project.',
    ),
  cwd: pathSchema
    .default('.')
    .describe('Folder of the project to test, relative to the workspace.'),
  timeoutSeconds: z
    .int()
    .min(1)
    .max(maxSeconds)
    .default(defaultSeconds)
    .describe('Time after which it is ended.'),
});

type RunTestsArguments = z.infer<typeof schema>;

/**
 * Runs a project's tests in the sandbox, always without network. It counts as a change, because tests write files. They
 * outlive the worker: the probe goes on with them, or finds how they ended.
 */
export function createRunTestsTool(
  runner: CommandRunner,
  find: FindShellFacts,
  secrets: ToolSecrets = noToolSecrets,
): Tool<RunTestsArguments> {
  return {
    name: 'run_tests',
    version: 1,
    access: 'change',
    description:
      'Runs the tests of the project and says which failed, as JSON with passed, failedCount, errorCount, summary, output and framework. Only its result proves that tests pass.',
    schema,
    changes: 'anything',
    effect: commandEffect,
    prepare: async (args, { workspace }) => {
      const folder = await resolveFolder(workspace, args.cwd);
      const { text, framework } = await planOf(workspace, folder, args);
      const { granted } = await secrets.forCommand();
      const facts = await factsOfCommand(find, workspace, { text, folder, granted });
      const doubts =
        framework === undefined ? [`"${previewOf(text)}" is not known to be a test command`] : [];
      const judged = { ...facts, unresolved: [...facts.unresolved, ...doubts] };
      return {
        facts: judged,
        preconditions: { path: folder, command: text },
        preview: previewOf(folder === '.' ? `test: ${text}` : `test in ${folder}: ${text}`),
        detail: commandDetail(text, folder, judged),
      };
    },
    perform: async (args, context) => {
      const folder = await requirePreparedFolder(args.cwd, context);
      const { text, framework } = await planOf(context.workspace, folder, args);
      if (text !== preparedCommand.parse(context.preconditions).command) {
        throw new ToolError('conflict', 'another test command would run now than was prepared');
      }
      const { environment } = await secrets.forCommand();
      const outcome = await runDurably(
        runner,
        {
          argv: ['bash', '-c', text],
          cwd: folder,
          environment: { ...commandEnvironment, ...environment },
          workspaceAccess: 'read-write',
          network: 'none',
          wallMs: Math.min(args.timeoutSeconds * 1_000, context.timeoutMs),
        },
        context,
      );
      return testResult(outcome, { framework, isPlain: isPlainCommand(text) });
    },
    probe: async (_, context) => {
      const { command: text } = preparedCommand.parse(context.preconditions);
      const ran = { framework: plainTestCommand(text), isPlain: isPlainCommand(text) };
      return probeCommand(runner, context, (outcome) => testResult(outcome, ran));
    },
  };
}

const preparedCommand = z.object({ command: z.string() });

interface TestPlan {
  readonly text: string;
  /** Undefined when the command is not known to be a test command. */
  readonly framework: Framework | 'other' | undefined;
}

async function planOf(
  workspace: OpenWorkspace,
  folder: string,
  { command }: RunTestsArguments,
): Promise<TestPlan> {
  if (command !== undefined) return { text: command, framework: plainTestCommand(command) };
  const framework = await detectFramework(workspace, folder);
  if (framework !== undefined) return { text: testCommands[framework], framework };
  throw new ToolError(
    'invalid_argument',
    'no pytest, cargo, npm or go project was found there; give the test command as `command`, or the folder of the project as `cwd`',
  );
}
