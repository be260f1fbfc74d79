import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import { HoldfastError } from '../../domain/failures.ts';
import type { Answer, Reply } from './answer.ts';
import { canonicalRequest, differences, distance, requestKey } from './canonical-request.ts';
import type { ChatCompletionRequest } from './chat-request.ts';

const usageSchema = z.looseObject({
  prompt_tokens: z.number(),
  completion_tokens: z.number(),
  total_tokens: z.number(),
});

/** One recorded answer, as the file holds it. */
const recordingSchema = z.strictObject({
  schemaVersion: z.literal(1),
  key: z.string(),
  /** The canonical request: what the key is made of, kept to be compared and read. */
  request: z.unknown(),
  reply: z.strictObject({
    model: z.string(),
    text: z.string().optional(),
    toolCalls: z.array(z.strictObject({ id: z.string(), name: z.string(), arguments: z.string() })),
    finishReason: z.string(),
    usage: usageSchema.optional(),
  }),
});

export type Recording = z.infer<typeof recordingSchema>;

/** Recorded answers by key. */
export type Recordings = ReadonlyMap<string, Recording>;

/** Reads every recording of a folder. @throws {HoldfastError} `not_found` without the folder, `invalid_argument` with the file that does not fit. */
export async function readRecordings(directory: string): Promise<Map<string, Recording>> {
  const names = await namesIn(directory);
  const found = new Map<string, Recording>();
  for (const name of names) {
    const recording = parseRecording(await readFile(join(directory, name), 'utf8'), name);
    found.set(recording.key, recording);
  }
  return found;
}

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return (await readdir(directory)).filter((name) => name.endsWith('.json')).toSorted();
  } catch (cause) {
    throw new HoldfastError('not_found', `there is no folder of recordings at ${directory}`, {
      cause,
    });
  }
}

function parseRecording(text: string, name: string): Recording {
  try {
    return recordingSchema.parse(JSON.parse(text));
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : 'it is no JSON';
    throw new HoldfastError('invalid_argument', `${name} is no recording: ${why}`);
  }
}

/** Writes a recording under its key; a reader never sees half of it. */
export async function writeRecording(directory: string, recording: Recording): Promise<void> {
  await mkdir(directory, { recursive: true });
  const path = join(directory, `${recording.key}.json`);
  await writeFile(`${path}.part`, `${JSON.stringify(recording, undefined, 2)}\n`);
  await rename(`${path}.part`, path);
}

/** Finds the recorded answer, or says which recording is nearest and how the request differs from it. */
export function playRecording(recordings: Recordings, request: ChatCompletionRequest): Answer {
  const canonical = canonicalRequest(request);
  const key = requestKey(canonical);
  const found = recordings.get(key);
  if (found !== undefined) return { type: 'reply', reply: replyOf(found) };
  const nearest = nearestTo(recordings, canonical);
  if (nearest === undefined) {
    return { type: 'refused', status: 404, code: 'not_found', message: 'nothing is recorded' };
  }
  const lines = differences(nearest.request, canonical);
  return {
    type: 'refused',
    status: 404,
    code: 'not_found',
    message: `this request is not recorded; the nearest is ${nearest.key}, which differs: ${lines.join('; ')}`,
    details: { nearest: nearest.key, differences: lines },
  };
}

function nearestTo(recordings: Recordings, canonical: unknown): Recording | undefined {
  let best: { recording: Recording; away: number } | undefined;
  for (const recording of recordings.values()) {
    const away = distance(recording.request, canonical);
    if (best === undefined || away < best.away) best = { recording, away };
  }
  return best?.recording;
}

function replyOf({ reply }: Recording): Reply {
  return { ...reply, text: reply.text, usage: reply.usage, headers: {}, delayMs: 0 };
}
