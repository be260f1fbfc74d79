import { z } from 'zod';

import { approvalRuleSchema } from '../approval/approval-rule-schema.ts';
import { readingTools } from '../tools/reading-tools.ts';
import { compileGlob } from './patterns/glob.ts';

/** Version of the format that policy files name. */
const policySchemaVersion = 1;

const pathGlob = z
  .string()
  .min(1)
  .refine(
    (pattern) => compileGlob(pattern) !== undefined,
    'is too long or has too many alternatives',
  );

const commandGlob = z
  .string()
  .trim()
  .min(1)
  .refine(
    (pattern) => pattern.split(/\s+/).every((word) => compileGlob(word, 'text') !== undefined),
    'is too long or has too many alternatives',
  );

/** One statement of a policy. What its fields mean together is said at `judge`. */
const policyRuleSchema = z
  .strictObject({
    name: z
      .string()
      .regex(
        /^[A-Za-z0-9][A-Za-z0-9 _.-]{0,63}$/,
        'must begin with a letter or digit and hold only these, spaces, dots, dashes and underscores, at most 64',
      )
      .optional(),
    tool: z.string().min(1).max(128),
    pattern: z.string().min(1).max(512).optional(),
    pathAllow: z.array(pathGlob).max(200).default([]),
    pathDeny: z.array(pathGlob).max(200).default([]),
    commandAllow: z.array(commandGlob).max(200).default([]),
    commandDeny: z.array(commandGlob).max(200).default([]),
    hosts: z.array(z.string().min(1).max(255)).max(200).optional(),
    verdict: z.enum(['allow', 'ask', 'deny']),
    /** Who decides, and what becomes of it when nobody does; absent: one person, whoever it is, within a day. */
    approval: approvalRuleSchema.optional(),
  })
  .refine(
    (rule) => rule.verdict !== 'deny' || rule.commandAllow.length + rule.pathAllow.length === 0,
    {
      message: 'a rule with the verdict deny takes no allow list: name what it denies',
      path: ['verdict'],
    },
  )
  .refine((rule) => rule.approval === undefined || rule.verdict === 'ask', {
    message: 'only a rule with the verdict ask says who decides',
    path: ['approval'],
  })
  .refine((rule) => rule.approval?.onTimeout !== 'approve' || readingTools.has(rule.tool), {
    message: `only what merely reads may happen because nobody decided: name one tool of ${[...readingTools].join(', ')}`,
    path: ['approval', 'onTimeout'],
  });

/** How far a run may go before it is stopped. */
const policyLimitsSchema = z.strictObject({
  maxTurns: z.int().min(1).max(10_000),
  timeoutSeconds: z.int().min(1).max(2_592_000),
  maxCostMicroUsd: z.int().min(0),
  stallDetection: z.boolean().default(true),
  stallThreshold: z.int().min(1).max(100).default(5),
});

/** What must hold at the end of a run. */
const policyGatesSchema = z.strictObject({
  requireTestsPass: z.boolean().default(false),
  requireLintPass: z.boolean().default(false),
  rollbackOnGateFail: z.boolean().default(false),
});

/** What one sandboxed command may use. */
const resourceLimitsSchema = z.strictObject({
  memoryMb: z.int().min(16).optional(),
  processes: z.int().min(1).optional(),
  storageMb: z.int().min(1).optional(),
  cpus: z.number().positive().optional(),
  wallSeconds: z.int().min(1).optional(),
});

/** A whole policy: mode, rules in order, limits and gates. */
export const policyProfileSchema = z.strictObject({
  schemaVersion: z.literal(policySchemaVersion),
  name: z
    .string()
    .regex(
      /^[a-z0-9][a-z0-9-]{0,63}$/,
      'must begin with a small letter or digit and hold only these and dashes, at most 64',
    ),
  mode: z.enum(['plan', 'default', 'acceptEdits', 'delegate']),
  rules: z.array(policyRuleSchema).max(500).default([]),
  /** Who decides on what this profile asks for where the rule does not say: also by its mode, and on what is not understood. */
  approval: approvalRuleSchema
    .refine(({ onTimeout }) => onTimeout !== 'approve', {
      message: 'only a rule for one tool that merely reads may approve by itself',
      path: ['onTimeout'],
    })
    .optional(),
  limits: policyLimitsSchema,
  gates: policyGatesSchema.default({
    requireTestsPass: false,
    requireLintPass: false,
    rollbackOnGateFail: false,
  }),
  resourceLimits: resourceLimitsSchema.optional(),
});

/** One statement of a policy. */
export type PolicyRule = z.infer<typeof policyRuleSchema>;
/** A whole policy. */
export type PolicyProfile = z.infer<typeof policyProfileSchema>;
/** What a call gets when no rule says anything. */
export type PolicyMode = PolicyProfile['mode'];
