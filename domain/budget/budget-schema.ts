import { z } from 'zod';

import { nameSchema } from '../run/run-request-schema.ts';
import { budgetPeriods, budgetScopes, type Budget } from './budget.ts';
import { microUsdPerUsd } from './money.ts';

/** Largest amount of dollars that is still exact in micro-dollars. */
const maxUsd = Math.floor(Number.MAX_SAFE_INTEGER / microUsdPerUsd);

/**
 * One budget as people write it: `{name, scope, of?, per?, maxUsd?, maxTokens?, maxCalls?}`. At least one limit; `of`
 * names the one project, specialist, run or schedule that it covers, and without it each of them has one of its own.
 */
export const budgetSchema = z
  .strictObject({
    name: nameSchema,
    scope: z.enum(budgetScopes),
    of: z.string().trim().min(1).max(256).optional(),
    per: z.enum(budgetPeriods).default('total'),
    /** US dollars. */
    maxUsd: z.number().min(0).max(maxUsd).optional(),
    maxTokens: z.int().min(0).optional(),
    maxCalls: z.int().min(0).optional(),
  })
  .superRefine((budget, context) => {
    if ((budget.maxUsd ?? budget.maxTokens ?? budget.maxCalls) === undefined) {
      const message = 'a budget needs a limit: maxUsd, maxTokens or maxCalls';
      context.addIssue({ code: 'custom', path: [], message });
    }
    if (budget.scope === 'tenant' && budget.of !== undefined) {
      const message = 'a budget of the tenant covers everything; leave it out';
      context.addIssue({ code: 'custom', path: ['of'], message });
    }
  });

/** Converts a budget as it is written to what is calculated with. */
export function toBudget(written: z.infer<typeof budgetSchema>): Budget {
  const { name, scope, of, per, maxUsd: usd, maxTokens, maxCalls } = written;
  return {
    name,
    scope,
    of: of ?? null,
    per,
    limit: {
      microUsd: usd === undefined ? null : Math.round(usd * microUsdPerUsd),
      tokens: maxTokens ?? null,
      calls: maxCalls ?? null,
    },
  };
}
