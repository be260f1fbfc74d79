import { z } from 'zod';

const text = z.string().min(1);

/** One call and what policy is expected to say on it. */
const policyCaseSchema = z
  .strictObject({
    /** Short for the tool `shell` with this command. */
    command: text.optional(),
    tool: text.optional(),
    arguments: z.record(z.string(), z.json()).optional(),
    verdict: z.enum(['allow', 'ask', 'deny']),
    /** The rule that is to decide, as `policies evaluate` names it. */
    rule: text.optional(),
  })
  .refine(({ command, tool }) => (command === undefined) !== (tool === undefined), {
    message: 'a case has either a command or a tool with its arguments',
  })
  .refine(({ command, arguments: args }) => command === undefined || args === undefined, {
    message: 'a case with a command takes no arguments',
    path: ['arguments'],
  });

/** A user's own cases for a policy. */
export const policyCasesSchema = z.strictObject({
  schemaVersion: z.literal(1),
  /** Name of the profile to judge by, unless the command names one. */
  policy: text.optional(),
  cases: z.array(policyCaseSchema).min(1).max(10_000),
});

/** One call and what policy is expected to say on it. */
export type PolicyCase = z.infer<typeof policyCaseSchema>;
