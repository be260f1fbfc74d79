import { z } from 'zod';

import { letterIdPattern } from '../dead-letters/dead-letter.ts';

const jsonObject = z.record(z.string(), z.json());

/** A name that people choose and type: specialists, models, policies, projects, tenants. */
export const nameSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/);

const notBlank = z.string().trim().min(1);

/**
 * Validates a request and fills in its defaults. Blanks only count as "none" for the specialist. A request needs
 * a prompt or a structured part; modes that do not work yet are refused rather than weakened.
 */
export const runRequestSchema = z
  .strictObject({
    prompt: notBlank.optional(),
    structured: jsonObject.optional(),
    workspace: z.string().startsWith('/', 'must be an absolute path').optional(),
    specialist: z
      .string()
      .transform((name) => (name.trim() === '' ? undefined : name.trim()))
      .pipe(nameSchema.optional())
      .optional(),
    model: nameSchema.optional(),
    policy: nameSchema.default('headless-safe-sandbox'),
    networkAllowed: z.boolean().default(false),
    executionMode: z
      .enum(['mount', 'sandbox', 'hybrid'])
      .default('sandbox')
      .refine((mode) => mode === 'sandbox', 'only "sandbox" works in this version'),
    deliver: z
      .enum(['none', 'patch', 'commit-local', 'branch', 'pr'])
      .default('none')
      .refine(
        (way) => way === 'none',
        'only "none" works in this version; see runs diff and runs apply',
      ),
    autonomy: z.enum(['manual', 'semi_auto', 'full_auto']).default('semi_auto'),
    limits: z
      .strictObject({
        maxTurns: z.int().min(1).max(10_000).optional(),
        timeoutSeconds: z
          .int()
          .min(1)
          .max(30 * 86_400)
          .optional(),
        maxCostMicroUsd: z.int().min(0).optional(),
      })
      .default({}),
    labels: z.record(nameSchema, z.string().max(256)).default({}),
    fork: z
      .strictObject({ runId: z.string().min(1).max(256), turn: z.int().min(0).max(100_000) })
      .optional(),
    playbook: z
      .strictObject({
        tool: z.enum(['preview_playbook', 'apply_playbook']),
        arguments: jsonObject,
        rollback: z.boolean().optional(),
        lint: z.boolean().optional(),
      })
      .optional(),
    replays: z.string().regex(letterIdPattern).optional(),
  })
  .superRefine((request, context) => {
    if (request.fork !== undefined && request.replays !== undefined) {
      const message = 'a run goes on behind a turn of another one or replays a letter, not both';
      context.addIssue({ code: 'custom', path: ['replays'], message });
    }
    if (request.playbook !== undefined && (request.fork ?? request.replays) !== undefined) {
      const message = 'an order for a playbook stands alone: no fork, no replay';
      context.addIssue({ code: 'custom', path: ['playbook'], message });
    }
    if (request.prompt !== undefined || request.structured !== undefined) return;
    for (const field of ['prompt', 'structured']) {
      context.addIssue({
        code: 'custom',
        path: [field],
        message: 'a request needs a prompt or a structured part',
      });
    }
  });
