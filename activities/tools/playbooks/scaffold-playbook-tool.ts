import { z } from 'zod';

import { HoldfastError } from '../../../domain/failures.ts';
import { scaffoldService, type Scaffold } from '../../../domain/playbooks/scaffold.ts';
import { previewOf } from '../../../domain/tools/prepared-call.ts';
import { textSchema } from '../argument-schemas.ts';
import { unifiedDiff } from '../files/unified-diff.ts';
import { pathFacts } from '../preparations.ts';
import { ToolError, type Tool, type ToolResult } from '../tool.ts';
import { madeFilesSchema, makeFiles, plannedFiles, stateOfFiles } from './made-files.ts';
import { takeBackFiles } from './take-back-files.ts';

const schema = z.strictObject({
  service: textSchema(200).min(1).describe('Name of the new service, such as uptime-kuma.'),
  port: z.int().min(1).max(65_535).default(8080).describe('TCP port that the service listens on.'),
  hosts: textSchema(1_000).min(1).default('all').describe('Hosts of the playbook, as a pattern.'),
  become: z.boolean().default(true).describe('Whether it becomes root on the hosts.'),
});

type ScaffoldArguments = z.infer<typeof schema>;

/** Begins a new service in the workspace; files that are there are kept as they are. */
export const scaffoldPlaybookTool: Tool<ScaffoldArguments> = {
  name: 'scaffold_playbook',
  version: 1,
  access: 'change',
  description:
    'Begins a new service in the workspace: a playbook, a role as Ansible Galaxy lays it out, a test playbook and a README, all of which pass the linter. Files that are there are kept. Fill in the tasks of the role afterwards.',
  schema,
  changes: 'anything',
  effect: {
    precondition: 'which files are not there, and the hash that each will have',
    probe: 'compares the files with those hashes',
    undo: 'removes the files it made, while they are as it left them',
  },
  prepare: async (args, { workspace }) => {
    const { service, files } = scaffoldOf(args);
    const planned = await plannedFiles(workspace, files);
    const made = files.filter(({ path }) => planned.made.some((each) => each.path === path));
    const { kept } = planned;
    const counts = kept.length === 0 ? '' : `, ${kept.length} kept`;
    return {
      facts: pathFacts(
        'change',
        made.map(({ path }) => ({ path, operation: 'write' })),
      ),
      preconditions: planned,
      preview: previewOf(`begin ${service}: ${made.length} new files${counts}`),
      detail: [
        ...made.map(({ path, text }) => unifiedDiff(path, null, text)),
        ...kept.map((path) => `${path} is there and stays as it is`),
      ].join('\n'),
    };
  },
  perform: async (args, context) => {
    const { service, files } = scaffoldOf(args);
    const planned = madeFilesSchema.parse(context.preconditions);
    await makeFiles(files, planned, context);
    return madeResult(service, planned);
  },
  probe: async (args, { workspace, preconditions }) => {
    const planned = madeFilesSchema.parse(preconditions);
    const { service } = scaffoldOf(args);
    switch (await stateOfFiles(workspace, planned)) {
      case 'all':
        return { type: 'happened', result: madeResult(service, planned) };
      // What is missing is made by the next attempt, which leaves what is there.
      case 'none':
      case 'some':
        return { type: 'did-not-happen' };
      case 'other':
        return { type: 'no-answer', why: 'a file is neither missing nor as this call makes it' };
    }
  },
  takeBack: takeBackFiles,
};

function scaffoldOf({ service, ...choices }: ScaffoldArguments): Scaffold {
  try {
    return scaffoldService(service, choices);
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    throw new ToolError(error.code, `${error.message}; ${error.suggestion ?? ''}`);
  }
}

function madeResult(service: string, { made, kept }: z.infer<typeof madeFilesSchema>): ToolResult {
  const lines = [...made.map(({ path }) => `made ${path}`), ...kept.map((path) => `kept ${path}`)];
  return {
    status: 'ok',
    text: `service ${service}\n${lines.join('\n')}`,
    progress: made.length > 0,
  };
}
