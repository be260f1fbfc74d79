import { z } from 'zod';

/** Text that Ansible could not take for an option or for the name of a file to read. */
const word = z
  .string()
  .min(1)
  .max(1_000)
  .regex(/^[^-@\s\0][^\0\n]*$/, 'must not begin with a dash, an at sign or a space');

/**
 * SAFETY: `ansible_` variables choose programs and connections, and a template runs programs of the control node: with
 * either a playbook that people know would do something else.
 */
const variableName = z
  .string()
  .regex(
    /^(?!ansible_)[A-Za-z_]\w*$/,
    'must be the name of a variable that does not begin with ansible_',
  );
const plainValue = z
  .json()
  .refine(
    (value) => !/\{\{|\{%|\{#/.test(JSON.stringify(value)),
    'must be plain, without templates such as {{ … }}',
  );

const target = {
  inventory: z
    .array(word)
    .min(1)
    .max(10)
    .optional()
    .describe(
      'Inventory files or folders in the workspace. Left out: the folder or file named inventory or hosts. Those of the settings are always there.',
    ),
  limit: word.optional().describe('Pattern of hosts; left out: all hosts of the plays.'),
  tags: z.array(word).max(100).optional().describe('Only tasks with one of these tags.'),
  skipTags: z.array(word).max(100).optional().describe('No tasks with one of these tags.'),
  variables: z.record(variableName, plainValue).optional().describe('Extra variables.'),
  forks: z.int().min(1).max(50).optional().describe('Hosts worked on at once.'),
  become: z.boolean().optional().describe('Whether tasks become root where they do not say.'),
};

/** Arguments of `preview_playbook`. */
export const previewPlaybookSchema = z.strictObject({
  playbook: word.describe('Path of the playbook in the workspace.'),
  ...target,
});

const callId = z
  .string()
  .max(500)
  .regex(/^run\/[^\s]+\/c\d+$/, 'must be the id of a call of apply_playbook');

/** Arguments of `apply_playbook`: a playbook, or one of the two that go on from an earlier call. */
export const applyPlaybookSchema = z
  .strictObject({
    playbook: word.optional().describe('Path of the playbook in the workspace.'),
    ...target,
    resume: callId
      .optional()
      .describe(
        'Id of an apply that failed: goes on at the task and on the hosts where it stopped. Takes no other argument.',
      ),
    rollsBack: callId
      .optional()
      .describe(
        'Id of an apply to take back, by the play that its playbook declares. Takes no other argument but variables.',
      ),
    batch: z
      .union([z.int().min(1).max(1_000), z.string().regex(/^(?:100|[1-9]?\d)%$/)])
      .optional()
      .describe('Hosts per batch, as a number or a percentage; the next begins when one is done.'),
    maxFailPercent: z
      .int()
      .min(0)
      .max(100)
      .optional()
      .describe('Stops before the next batch when more of the hosts of one failed; 0 by default.'),
  })
  .refine(
    ({ playbook, resume, rollsBack }) =>
      [playbook, resume, rollsBack].filter((each) => each !== undefined).length === 1,
    { message: 'name either a playbook, or resume, or rollsBack', path: ['playbook'] },
  )
  .refine(
    (args) =>
      (args.resume === undefined && args.rollsBack === undefined) ||
      Object.entries(args).every(
        ([key, value]) =>
          value === undefined ||
          key === 'resume' ||
          key === 'rollsBack' ||
          (key === 'variables' && args.resume === undefined),
      ),
    { message: 'everything else is as it was in the earlier call: leave it out', path: ['resume'] },
  );

/** What is to be run on what. */
export type PreviewPlaybookArguments = z.infer<typeof previewPlaybookSchema>;
export type ApplyPlaybookArguments = z.infer<typeof applyPlaybookSchema>;
