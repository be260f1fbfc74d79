import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import OpenAI from 'openai';

/** A request as our own loop made it, in its second turn: the bare loop sends the same one. */
export interface RequestPattern {
  readonly model: string;
  readonly tools: OpenAI.ChatCompletionTool[];
  /** System, user, then assistant and tool of the first turn. */
  readonly messages: readonly OpenAI.ChatCompletionMessageParam[];
}

/** What the model asks for. */
interface FileCall {
  readonly path: string;
  readonly content: string;
}

/** The two activities of a bare step. */
export interface BareActivities {
  readonly callModel: (input: { readonly key: string; readonly step: number }) => Promise<FileCall>;
  readonly writeNote: (input: {
    readonly key: string;
    readonly path: string;
    readonly content: string;
  }) => Promise<{ readonly bytes: number }>;
}

/** Makes the activities as a plain program would: the client of the provider, and a file. */
export function createBareActivities({
  modelUrl,
  folder,
  pattern,
}: {
  readonly modelUrl: string;
  readonly folder: string;
  readonly pattern: RequestPattern;
}): BareActivities {
  const client = new OpenAI({ baseURL: modelUrl, apiKey: 'none', maxRetries: 0 });
  const [system, user, ...turn] = pattern.messages;
  const opening = [system, user].flatMap((message) => message ?? []);
  return {
    callModel: async ({ step }) => {
      const past = Array.from({ length: step }, () => turn).flat();
      const stream = await client.chat.completions.create({
        model: pattern.model,
        messages: [...opening, ...past],
        tools: pattern.tools,
        stream: true,
        stream_options: { include_usage: true },
      });
      let text = '';
      for await (const { choices } of stream) {
        text += choices[0]?.delta.tool_calls?.[0]?.function?.arguments ?? '';
      }
      // Our own script wrote it.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      return JSON.parse(text) as FileCall;
    },
    writeNote: async ({ key, path, content }) => {
      await mkdir(join(folder, key), { recursive: true });
      await writeFile(join(folder, key, path), content);
      return { bytes: content.length };
    },
  };
}
