import type { ErrorCode } from '../../../domain/failures.ts';
import { isJsonObject } from '../../../domain/json.ts';
import type { ToolSpec } from '../../../domain/models/chat.ts';
import { ModelFault } from '../../../domain/models/model-fault.ts';
import type { ModelEntry } from '../../../domain/models/model-entry-schema.ts';
import type { Usage } from '../../../domain/models/usage.ts';
import type { ChatResult, ModelGateway } from '../model-gateway.ts';

/** What a model did when it was asked to call a tool. */
export interface ModelCheck {
  readonly key: string;
  readonly model: string;
  readonly baseUrl: string;
  /** `ok`: it answered; otherwise the code of what went wrong. */
  readonly state: 'ok' | ErrorCode;
  readonly tools: 'yes' | 'no' | 'unknown';
  /** Why, in one sentence; holds no key. */
  readonly reason: string;
  /** From sending to the first token and to the end, in milliseconds; absent when it did not come to that. */
  readonly firstTokenMs?: number;
  readonly totalMs?: number;
  readonly usage?: Usage;
  /** A rehearsal server answered: no real model was asked. */
  readonly rehearsal: boolean;
}

const checkTool: ToolSpec = {
  name: 'report_number',
  description: 'Reports a number. Call this tool; do not answer with text.',
  parameters: {
    type: 'object',
    properties: { number: { type: 'integer' } },
    required: ['number'],
    additionalProperties: false,
  },
};

/** Asks a model, in one small request, to call a tool. Finds wrong keys, dead endpoints and models without tools. */
export async function checkModel(
  gateway: ModelGateway,
  {
    entry,
    apiKey,
    timeoutMs,
  }: { readonly entry: ModelEntry; readonly apiKey?: string; readonly timeoutMs?: number },
): Promise<ModelCheck> {
  const base = { key: entry.key, model: entry.model, baseUrl: entry.baseUrl };
  const began = performance.now();
  let firstTokenMs: number | undefined;
  try {
    const result = await gateway.chat({
      entry,
      ...(apiKey === undefined ? {} : { apiKey }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      messages: [{ role: 'user', content: 'Call the tool report_number with the number 7.' }],
      tools: [checkTool],
      maxTokens: 512,
      onDelta: () => {
        firstTokenMs ??= Math.round(performance.now() - began);
      },
    });
    return {
      ...base,
      ...judge(result),
      state: 'ok',
      ...(firstTokenMs === undefined ? {} : { firstTokenMs }),
      totalMs: Math.round(performance.now() - began),
      usage: result.usage,
      rehearsal: result.rehearsal,
    };
  } catch (error) {
    if (!(error instanceof ModelFault)) throw error;
    const tools = error.code === 'dependency_missing' ? 'no' : 'unknown';
    return { ...base, state: error.code, tools, reason: error.message, rehearsal: false };
  }
}

function judge({ message, finishReason }: ChatResult): Pick<ModelCheck, 'tools' | 'reason'> {
  const call = message.toolCalls[0];
  if (call === undefined) {
    return finishReason === 'length'
      ? { tools: 'unknown', reason: 'it used up its tokens before it called anything' }
      : { tools: 'no', reason: 'it was told to call a tool and answered with text' };
  }
  if (call.name !== checkTool.name) {
    return {
      tools: 'no',
      reason: `it called a tool that was not offered: ${call.name.slice(0, 64)}`,
    };
  }
  return isObjectText(call.arguments)
    ? { tools: 'yes', reason: 'it called the tool' }
    : { tools: 'no', reason: 'it called the tool with arguments that are no JSON object' };
}

function isObjectText(text: string): boolean {
  try {
    return isJsonObject(JSON.parse(text));
  } catch {
    return false;
  }
}
