import { redactionMark } from '../../../domain/redaction/redaction-mark.ts';
import { previewOf } from '../../../domain/tools/prepared-call.ts';
import { hashBytes } from '../../../storage/hashing.ts';
import { withPlace, type Place } from '../../workspace/files/paths.ts';
import { readWhole } from '../../workspace/files/read-file.ts';
import { maxWritableBytes, replaceFile } from '../../workspace/files/replace-file.ts';
import { pathFacts, requirePreparedPlace } from '../preparations.ts';
import {
  ToolError,
  type EffectContract,
  type PerformContext,
  type Preparation,
  type ProbeResult,
  type ToolContext,
  type ToolResult,
} from '../tool.ts';
import { changeSchema } from './change-schema.ts';
import { unifiedDiff } from './unified-diff.ts';

/** A change of one file, worked out of its present content. */
export interface FileChange {
  readonly path: string;
  /** One word for people: write, edit. */
  readonly verb: string;
  /** New content out of the present one, which is null when there is no file. Throws a ToolError when it cannot be. */
  readonly newContent: (before: Buffer | null) => Uint8Array;
  /** What the model is told when it is done. */
  readonly report: (before: Buffer | null, after: Uint8Array) => string;
}

/** What is promised of every change of one file. */
export const fileEffect: EffectContract = {
  precondition: 'hash of the file as it was',
  probe: 'compares the hash of the file with before and after',
  undo: 'brings the file back to what it was, or removes it, while it is as the call left it',
};

/** Works out what a change would do: the diff for people, the hashes for the act and its probe. */
export function prepareChange(
  change: FileChange,
  { workspace }: ToolContext,
): Promise<Preparation> {
  return withPlace(workspace.root, change.path, async (place) => {
    const before = await presentContent(place);
    const after = change.newContent(before);
    if (after.byteLength > maxWritableBytes) throw tooLarge(place.path);
    if (marksIn(after) > marksIn(before)) throw holdsMark(place.path);
    const diff = unifiedDiff(place.path, before?.toString('utf8') ?? null, textOf(after));
    return {
      facts: pathFacts('change', [{ path: place.path, operation: 'write' }]),
      preconditions: { path: place.path, before: hashOf(before), after: hashBytes(after) },
      preview: previewOf(
        `${change.verb} ${place.path} (${before === null ? 'new file, ' : ''}${counts(diff)})`,
      ),
      detail: diff === '' ? `${place.path} would stay as it is` : diff,
    };
  });
}

/** Makes a change, if the file still is as it was prepared for. */
export function performChange(
  change: FileChange,
  { workspace, preconditions, callId }: PerformContext,
): Promise<ToolResult> {
  const expected = changeSchema.parse(preconditions);
  return withPlace(workspace.root, change.path, async (place) => {
    requirePreparedPlace(place, preconditions);
    const before = await presentContent(place);
    if (hashOf(before) !== expected.before) throw changedMeanwhile(place.path);
    const content = change.newContent(before);
    if (hashBytes(content) !== expected.after) throw changedMeanwhile(place.path);
    await replaceFile(place, { content, before: expected.before, owner: workspace, callId });
    return {
      status: 'ok',
      text: change.report(before, content),
      progress: expected.before !== expected.after,
    };
  });
}

/** Tells by the file's hash whether a change whose outcome nobody saw has happened. */
export function probeChange(
  change: FileChange,
  { workspace, preconditions }: PerformContext,
): Promise<ProbeResult> {
  const expected = changeSchema.parse(preconditions);
  return withPlace(workspace.root, change.path, async (place): Promise<ProbeResult> => {
    if (place.path !== expected.path) {
      return {
        type: 'no-answer',
        why: `the path leads to ${place.path} now, not to ${expected.path}`,
      };
    }
    const present = hashOf(await presentContent(place));
    if (present === expected.after) return happened(place.path);
    if (present === expected.before) return { type: 'did-not-happen' };
    return {
      type: 'no-answer',
      why: `${place.path} is neither as it was nor as this call would leave it`,
    };
  });
}

function happened(path: string): ProbeResult {
  return {
    type: 'happened',
    result: {
      status: 'ok',
      text: `${path} was written; the worker stopped before it could say so`,
      progress: true,
    },
  };
}

async function presentContent(place: Place): Promise<Buffer | null> {
  return place.kind === 'missing' ? null : readWhole(place, maxWritableBytes);
}

function hashOf(content: Buffer | null): string | null {
  return content === null ? null : hashBytes(content);
}

function textOf(content: Uint8Array): string {
  return Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('utf8');
}

/** How often the mark stands in a content that is put in place of secrets. */
function marksIn(content: Uint8Array | null): number {
  return content === null ? 0 : textOf(content).split(redactionMark).length - 1;
}

function counts(diff: string): string {
  const lines = diff.split('\n').slice(2);
  const starting = (sign: string): number => lines.filter((line) => line.startsWith(sign)).length;
  return `+${starting('+')} -${starting('-')} lines`;
}

function changedMeanwhile(path: string): ToolError {
  return new ToolError(
    'conflict',
    `${path} changed after this call was prepared; nothing was written. Read it again, then repeat the change`,
  );
}

/** What a model read with a secret taken out must not become the file. */
function holdsMark(path: string): ToolError {
  return new ToolError(
    'validation_error',
    `${path} would hold ${redactionMark}, which only stands in place of a secret that you were not shown; change the other lines with edit_file and leave that one as it is`,
  );
}

function tooLarge(path: string): ToolError {
  return new ToolError(
    'payload_too_large',
    `${path} would be larger than ${maxWritableBytes} bytes, which is more than this tool writes`,
  );
}
