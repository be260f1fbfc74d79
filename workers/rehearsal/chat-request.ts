import { z } from 'zod';

/** The part of a chat completion request that a rehearsal looks at. Everything else is carried along. */
export const chatRequestSchema = z.looseObject({
  model: z.string(),
  messages: z.array(z.looseObject({ role: z.string(), content: z.unknown().optional() })),
  tools: z
    .array(z.looseObject({ function: z.looseObject({ name: z.string() }).optional() }))
    .optional(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().optional() }).nullish(),
});

export type ChatCompletionRequest = z.infer<typeof chatRequestSchema>;

type WireMessage = ChatCompletionRequest['messages'][number];

/** The number of assistant messages: where in a conversation the request stands, from 0. */
export function positionOf(request: ChatCompletionRequest): number {
  return request.messages.filter(({ role }) => role === 'assistant').length;
}

/** The text of a message, whose content may be a string or a list of parts. */
export function textOfMessage(message: WireMessage | undefined): string {
  const content = message?.content;
  if (typeof content === 'string') return content;
  return content === undefined || content === null ? '' : JSON.stringify(content);
}

/** The text of the first user message: it names the conversation. */
export function firstUserText(request: ChatCompletionRequest): string {
  return textOfMessage(request.messages.find(({ role }) => role === 'user'));
}
