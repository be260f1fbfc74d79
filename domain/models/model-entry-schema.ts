import { z } from 'zod';

import { privacyOf } from './privacy.ts';

/** The kinds of endpoint, all speaking the OpenAI chat completions API. */
const backendSchema = z.enum(['ollama', 'vllm', 'llamacpp', 'litellm', 'generic']);

export type Backend = z.infer<typeof backendSchema>;

/** Addresses where a back end listens when nothing else is configured. */
export const defaultBaseUrls: { readonly [backend in Backend]: string | undefined } = {
  ollama: 'http://localhost:11434/v1',
  vllm: 'http://localhost:8000/v1',
  llamacpp: 'http://localhost:8080/v1',
  litellm: 'http://localhost:4000',
  generic: undefined,
};

/** Where a key is found on the worker. The key itself is never written into an entry. */
export const keyReferenceSchema = z.union([
  z
    .string()
    .regex(
      /^secret:\/\/[A-Za-z0-9._/-]{1,128}$/,
      'write {env: NAME}, an environment variable of the worker, or secret://NAME, a secret that is stored; never the key itself',
    ),
  z.strictObject({ env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/) }),
]);

export type KeyReference = z.infer<typeof keyReferenceSchema>;

/** US dollars per million tokens, as people write them. */
export const priceSchema = z.strictObject({
  input: z.number().min(0).max(100_000),
  output: z.number().min(0).max(100_000),
  /** Input served from the provider's cache; absent: as input. */
  cached: z.number().min(0).max(100_000).optional(),
});

const entrySchema = z.strictObject({
  key: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/),
  backend: backendSchema.default('ollama'),
  baseUrl: z.url({ protocol: /^https?$/ }).optional(),
  model: z.string().min(1).max(256),
  /** Total time of one call; large models want 360. */
  timeoutSeconds: z.number().int().min(1).max(3_600).default(120),
  apiKey: keyReferenceSchema.optional(),
  params: z
    .strictObject({
      temperature: z.number().min(0).max(2).optional(),
      seed: z.number().int().optional(),
      maxTokens: z.number().int().min(1).optional(),
    })
    .default({}),
  /** Absent: not known; `holdfast models test` finds out. */
  capabilities: z.array(z.enum(['tools', 'streaming', 'embeddings'])).optional(),
  price: priceSchema.optional(),
  contextTokens: z.number().int().min(1).optional(),
  privacy: z.enum(['local', 'remote']).optional(),
  /** Limits that all workers keep together. */
  rate: z
    .strictObject({
      callsPerMinute: z.number().int().min(1).optional(),
      tokensPerMinute: z.number().int().min(1).optional(),
    })
    .default({}),
});

/** One configured model, with the address and the privacy class filled in. */
export const modelEntrySchema = entrySchema.transform((entry, context) => {
  const baseUrl = entry.baseUrl ?? defaultBaseUrls[entry.backend];
  if (baseUrl === undefined) {
    context.addIssue({
      code: 'custom',
      path: ['baseUrl'],
      message: 'a generic back end needs a baseUrl',
    });
    return z.NEVER;
  }
  // SAFETY: an address with user and password would carry a secret into rows and messages.
  if (/^https?:\/\/[^/?#]*@/i.test(baseUrl)) {
    context.addIssue({
      code: 'custom',
      path: ['baseUrl'],
      message: 'put the key into apiKey, not into the address',
    });
    return z.NEVER;
  }
  return {
    ...entry,
    baseUrl,
    privacy: entry.privacy ?? privacyOf(entry.backend, baseUrl, entry.model),
  };
});

export type ModelEntry = z.infer<typeof modelEntrySchema>;
