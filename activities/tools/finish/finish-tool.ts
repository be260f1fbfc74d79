import { z } from 'zod';

import type { FinishGate } from '../../../domain/run/run-input.ts';
import { previewOf } from '../../../domain/tools/prepared-call.ts';
import { textSchema } from '../argument-schemas.ts';
import { noFacts } from '../preparations.ts';
import { ToolError, type Tool } from '../tool.ts';

/** Longest summary and longest entry of a list. UTF-16 units. */
const maxText = 20_000;

const list = z.array(textSchema(maxText)).max(100).default([]);

const base = {
  summary: textSchema(maxText)
    .refine((text) => text.trim() !== '', 'must not be blank')
    .describe('What was done and what came of it, for the person who asked.'),
  artifacts: list.describe('Paths of files that matter in the result, relative to the workspace.'),
  nextSteps: list.describe('What a person should do or decide next.'),
  notes: list.describe('What else is worth knowing: doubts, things left out, things found.'),
};

const ungated = z.strictObject({
  ...base,
  testsVerified: z
    .boolean()
    .optional()
    .describe('True when the tests were run after the last change and passed.'),
});

const gated = z.strictObject({
  ...base,
  testsVerified: z
    .boolean()
    .refine(
      (verified) => verified,
      'must be true: run the tests with run_tests until they pass, then finish',
    )
    .describe('True when run_tests passed after the last change. It is compared with the record.'),
});

/** Arguments of the finish tool. */
export type FinishArguments = z.infer<typeof ungated>;

/** What finish must say; with the gate `tests-verified` also that the tests passed, and then `false` is refused. */
export function finishSchema(gates: readonly FinishGate[]): z.ZodType<FinishArguments> {
  return gates.includes('tests-verified') ? gated : ungated;
}

/** Ends the run. The loop itself accepts or refuses it, so it is never performed. */
export function createFinishTool(gates: readonly FinishGate[] = []): Tool<FinishArguments> {
  return {
    name: 'finish',
    version: 1,
    access: 'finish',
    description:
      'Ends the run and hands over the result. Call it alone, when everything that was asked for is done and checked.',
    schema: finishSchema(gates),
    prepare: async ({ summary }) => ({
      facts: noFacts('finish'),
      preconditions: null,
      preview: previewOf(`finish: ${summary}`),
      detail: summary,
    }),
    perform: async () => {
      throw new ToolError('internal', 'finish is decided by the run and never performed');
    },
  };
}
