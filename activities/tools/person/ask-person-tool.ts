import { z } from 'zod';

import { previewOf } from '../../../domain/tools/prepared-call.ts';
import { textSchema } from '../argument-schemas.ts';
import { noFacts } from '../preparations.ts';
import { ToolError, type Tool } from '../tool.ts';

const schema = z.strictObject({
  question: textSchema(4_000)
    .refine((text) => text.trim() !== '', 'must not be blank')
    .describe('The question, with everything needed to answer it.'),
  choices: z
    .array(textSchema(500).min(1))
    .max(10)
    .default([])
    .describe('Answers to choose from; leave out for a free answer.'),
});

/** Asks a person. The run waits for the answer, so the tool itself is never performed. */
export const askPersonTool: Tool<z.infer<typeof schema>> = {
  name: 'ask_person',
  version: 1,
  access: 'wait',
  description:
    'Asks a person a question and waits for the answer, which may take long. Use it when only a person can know or decide.',
  schema,
  prepare: async ({ question, choices }) => ({
    facts: noFacts('wait'),
    preconditions: null,
    preview: previewOf(question),
    detail: [question, ...choices.map((choice, index) => `${index + 1}. ${choice}`)].join('\n'),
  }),
  perform: async () => {
    throw new ToolError('internal', 'a question is answered by a person and never performed');
  },
};
