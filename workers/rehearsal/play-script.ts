import type { Answer, Reply, WireUsage } from './answer.ts';
import { firstUserText, positionOf, textOfMessage } from './chat-request.ts';
import type { ChatCompletionRequest } from './chat-request.ts';
import type { Script, ScriptFault, ScriptMatch, ScriptReply, ScriptTurn } from './script-schema.ts';

/**
 * Chooses the answer of the scripts to a request. `asked` tells how often exactly this request was asked before, which
 * is what "fail twice, then answer" counts by; it is asked only where faults are scripted.
 */
export function playScript(
  scripts: readonly Script[],
  request: ChatCompletionRequest,
  asked: () => number,
): Answer {
  const script = chooseScript(scripts, request);
  if (script === undefined) {
    const known = scripts.map(({ name, model }) => `${name} (${model})`).join(', ');
    return refused(
      404,
      'model_not_found',
      `no script plays the model ${request.model}; there are: ${known}`,
    );
  }
  const side = script.others.find(({ match }) => mismatch(match, request) === undefined);
  if (side !== undefined) return playTurn({ script, turn: side, request }, asked);
  const position = positionOf(request);
  const turn = turnAt(script, position);
  if (turn === undefined) {
    const told = `script ${script.name} ends before position ${position}: the conversation went on longer than it was written`;
    return refused(409, 'conflict', told);
  }
  const why = turn.match === undefined ? undefined : mismatch(turn.match, request);
  if (why !== undefined) {
    return refused(409, 'conflict', `script ${script.name}, position ${position}: ${why}`);
  }
  return playTurn({ script, turn, request }, asked);
}

function chooseScript(
  scripts: readonly Script[],
  request: ChatCompletionRequest,
): Script | undefined {
  const opening = firstUserText(request);
  const marked = scripts.find(
    ({ conversation }) => conversation !== undefined && opening.includes(conversation),
  );
  return (
    marked ??
    scripts.find(({ conversation, model }) => conversation === undefined && model === request.model)
  );
}

function turnAt(script: Script, position: number): ScriptTurn | undefined {
  let first = 0;
  for (const turn of script.turns) {
    if (position < first + turn.repeat) return turn;
    first += turn.repeat;
  }
  return undefined;
}

/** Says what a request lacks, or undefined when it fits. */
function mismatch(match: ScriptMatch, request: ChatCompletionRequest): string | undefined {
  const last = request.messages.at(-1);
  if (match.lastRole !== undefined && last?.role !== match.lastRole) {
    return `expected the last message to be of ${match.lastRole}, it is of ${last?.role ?? 'nobody'}`;
  }
  if (match.lastContains !== undefined && !textOfMessage(last).includes(match.lastContains)) {
    return `expected ${JSON.stringify(match.lastContains)} in the last message, which is ${clip(textOfMessage(last))}`;
  }
  const wanted = match.anyContains;
  if (wanted !== undefined && !request.messages.some((m) => textOfMessage(m).includes(wanted))) {
    return `expected ${JSON.stringify(wanted)} in some message`;
  }
  const offered = new Set(request.tools?.map((tool) => tool.function?.name));
  const missing = match.tools?.filter((name) => !offered.has(name)) ?? [];
  if (missing.length > 0) return `expected the tools ${missing.join(', ')} to be offered`;
  return undefined;
}

function playTurn(
  { script, turn, request }: { script: Script; turn: ScriptTurn; request: ChatCompletionRequest },
  asked: () => number,
): Answer {
  const reply = replyOf(script, turn.reply, request);
  const fault = turn.faults.length === 0 ? undefined : faultAt(turn.faults, asked());
  if (fault !== undefined) return { type: 'fault', fault, reply };
  if (turn.reply === undefined) {
    return refused(409, 'conflict', `script ${script.name} has no reply after its faults`);
  }
  return { type: 'reply', reply };
}

function faultAt(faults: readonly ScriptFault[], asked: number): ScriptFault | undefined {
  let first = 0;
  for (const fault of faults) {
    if (fault.times === undefined || asked < first + fault.times) return fault;
    first += fault.times;
  }
  return undefined;
}

/** A turn of faults alone still needs something to stall or cut. */
const unfinished = 'This answer has begun and will not come to an end.';

function replyOf(
  script: Script,
  scripted: ScriptReply | undefined,
  request: ChatCompletionRequest,
): Reply {
  const position = positionOf(request);
  const fill = (text: string): string => text.replaceAll('{{position}}', String(position));
  const toolCalls = (scripted?.toolCalls ?? []).map((call, index) => ({
    id: call.id ?? `call_${position}_${index}`,
    name: call.name,
    arguments: fill(
      typeof call.arguments === 'string' ? call.arguments : JSON.stringify(call.arguments),
    ),
  }));
  const text = scripted === undefined ? unfinished : scripted.text;
  return {
    model: script.model,
    text: text === undefined ? undefined : fill(text),
    toolCalls,
    finishReason: scripted?.finishReason ?? (toolCalls.length > 0 ? 'tool_calls' : 'stop'),
    usage: usageOf(scripted, { request, text: text ?? '', calls: toolCalls }),
    headers: scripted?.headers ?? {},
    delayMs: scripted?.delayMs ?? 0,
  };
}

function usageOf(
  scripted: ScriptReply | undefined,
  spoken: {
    readonly request: ChatCompletionRequest;
    readonly text: string;
    readonly calls: unknown;
  },
): WireUsage | undefined {
  const usage = scripted?.usage;
  if (usage === 'none') return undefined;
  if (usage === undefined) {
    // Four characters a token is near enough for a stand-in, and costs nothing on long conversations.
    const prompt = Math.ceil(JSON.stringify(spoken.request.messages).length / 4);
    const completion = Math.ceil((spoken.text.length + JSON.stringify(spoken.calls).length) / 4);
    return wireUsage(prompt, completion);
  }
  return {
    ...wireUsage(usage.promptTokens, usage.completionTokens),
    ...(usage.cachedTokens === undefined
      ? {}
      : { prompt_tokens_details: { cached_tokens: usage.cachedTokens } }),
  };
}

function wireUsage(prompt: number, completion: number): WireUsage {
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
  };
}

function refused(status: 404 | 409, code: string, message: string): Answer {
  return { type: 'refused', status, code, message };
}

function clip(text: string): string {
  return JSON.stringify(text.length > 160 ? `${text.slice(0, 159)}…` : text);
}
