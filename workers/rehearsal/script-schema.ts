import { z } from 'zod';

/** How often a fault comes before the turn goes on; absent: for ever. */
const times = z.number().int().min(1).optional();

/** What goes wrong, on demand. */
const scriptFaultSchema = z.discriminatedUnion('type', [
  /** An HTTP answer that is no success. */
  z.strictObject({
    type: z.literal('status'),
    status: z.number().int().min(400).max(599),
    headers: z.record(z.string(), z.string()).default({}),
    body: z.unknown().optional(),
    times,
  }),
  /** Silence: before the first byte, or after so many tokens of the reply. */
  z.strictObject({
    type: z.literal('stall'),
    afterTokens: z.number().int().min(0).optional(),
    times,
  }),
  /** A stream that ends early: `end` closes it politely, `destroy` breaks the connection. */
  z.strictObject({
    type: z.literal('cut'),
    afterTokens: z.number().int().min(0).default(1),
    how: z.enum(['end', 'destroy']).default('end'),
    times,
  }),
  /** The connection breaks before any answer. */
  z.strictObject({ type: z.literal('disconnect'), times }),
]);

export type ScriptFault = z.infer<typeof scriptFaultSchema>;

const scriptReplySchema = z.strictObject({
  text: z.string().optional(),
  toolCalls: z
    .array(
      z.strictObject({
        id: z.string().min(1).optional(),
        name: z.string(),
        /** An object, or a text that is sent as it stands, malformed JSON included. */
        arguments: z.union([z.string(), z.record(z.string(), z.unknown())]),
      }),
    )
    .default([]),
  finishReason: z.string().optional(),
  /** Absent: estimated from the lengths. `none`: the server does not tell. */
  usage: z
    .union([
      z.literal('none'),
      z.strictObject({
        promptTokens: z.number().int().min(0),
        completionTokens: z.number().int().min(0),
        cachedTokens: z.number().int().min(0).optional(),
      }),
    ])
    .optional(),
  /** Further response headers, for example what a proxy says about the cost. */
  headers: z.record(z.string(), z.string()).default({}),
  /** Wait before the first byte, in milliseconds. */
  delayMs: z.number().int().min(0).max(600_000).default(0),
});

export type ScriptReply = z.infer<typeof scriptReplySchema>;

/** What a request has to look like. Every given part must hold. */
const scriptMatchSchema = z.strictObject({
  /** Text inside the last message. */
  lastContains: z.string().optional(),
  /** Text inside any message. */
  anyContains: z.string().optional(),
  /** Role of the last message. */
  lastRole: z.enum(['system', 'user', 'assistant', 'tool']).optional(),
  /** Names of tools that must be offered. */
  tools: z.array(z.string()).optional(),
});

export type ScriptMatch = z.infer<typeof scriptMatchSchema>;

const turnShape = {
  match: scriptMatchSchema.optional(),
  /** Played in order before the reply, each as often as it says. */
  faults: z.array(scriptFaultSchema).default([]),
  reply: scriptReplySchema.optional(),
};

const turnSchema = z
  .strictObject({ ...turnShape, repeat: z.number().int().min(1).max(100_000).default(1) })
  .refine(
    ({ faults, reply }) => reply !== undefined || faults.length > 0,
    'a turn needs a reply or faults',
  );

const sideTurnSchema = z.strictObject({ ...turnShape, match: scriptMatchSchema });

/**
 * A conversation to be played. The turn is chosen by the number of assistant messages in the request, so that the
 * server holds no conversation and may restart at any time. In texts and arguments `{{position}}` stands for that number.
 */
export const scriptSchema = z.strictObject({
  schemaVersion: z.literal(1),
  name: z.string().min(1).max(128),
  /** Name of the model that it plays. */
  model: z.string().min(1).max(256),
  /** Marker in the first user message by which a request chooses this script; absent: by the model's name. */
  conversation: z.string().min(1).optional(),
  turns: z.array(turnSchema),
  /** Answers out of turn, chosen by their match before the position is looked at: summaries, plans. */
  others: z.array(sideTurnSchema).default([]),
});

/** A script with its defaults filled in. */
export type Script = z.infer<typeof scriptSchema>;
/** A script as people write it. */
export type ScriptInput = z.input<typeof scriptSchema>;
export type ScriptTurn = Script['turns'][number] | Script['others'][number];
