import { z } from 'zod';

import { previewOf } from '../../../domain/tools/prepared-call.ts';
import { hashBytes } from '../../../storage/hashing.ts';
import { withPlace, type Place } from '../../workspace/files/paths.ts';
import { readWhole } from '../../workspace/files/read-file.ts';
import { removeFile } from '../../workspace/files/remove-file.ts';
import { maxWritableBytes, replaceFile } from '../../workspace/files/replace-file.ts';
import { ToolError, type EffectToUndo, type TakeBack } from '../tool.ts';
import { changeSchema } from './change-schema.ts';
import { unifiedDiff } from './unified-diff.ts';

/** The file as it is, and as it was before the change; null where there is none. */
const wayBackSchema = z.object({
  path: z.string(),
  present: z.string(),
  back: z.string().nullable(),
});

/** Takes the change of one file back, while the file is as the change left it. */
export const takeBackChange: TakeBack<unknown> = {
  prepare: (_args, { workspace }, effect) => {
    const { path, before, after } = changeSchema.parse(effect.preconditions);
    return withPlace(workspace.root, path, async (place) => {
      const present = await contentOf(place);
      if (place.path !== path || present === null || hashBytes(present) !== after) {
        throw movedOn(path);
      }
      const content = await contentBefore(effect, { path, before });
      const diff = unifiedDiff(path, present.toString('utf8'), content?.toString('utf8') ?? '');
      return {
        preconditions: { path, present: after, back: before },
        preview: previewOf(
          content === null ? `remove ${path}, which was made` : `bring ${path} back to what it was`,
        ),
        detail: diff,
      };
    });
  },
  perform: (_args, { workspace, preconditions, callId }, effect) => {
    const { path, present, back } = wayBackSchema.parse(preconditions);
    return withPlace(workspace.root, path, async (place) => {
      if (place.path !== path || place.kind !== 'file') throw movedOn(path);
      const content = await contentBefore(effect, { path, before: back });
      if (content === null) await removeFile(place, present);
      else await replaceFile(place, { content, before: present, owner: workspace, callId });
      return { status: 'ok', text: isBack(path, back), progress: true };
    });
  },
  probe: (_args, { workspace, preconditions }) => {
    const { path, present, back } = wayBackSchema.parse(preconditions);
    return withPlace(workspace.root, path, async (place) => {
      const content = place.path === path ? await contentOf(place) : null;
      const now = content === null ? null : hashBytes(content);
      if (now === back) {
        return {
          type: 'happened',
          result: { status: 'ok', text: isBack(path, back), progress: true },
        };
      }
      if (now === present) return { type: 'did-not-happen' };
      return { type: 'no-answer', why: `${path} is neither as the effect left it nor as before` };
    });
  },
};

async function contentOf(place: Place): Promise<Buffer | null> {
  return place.kind === 'file' ? readWhole(place, maxWritableBytes) : null;
}

/** The content to bring back, proved by its hash. */
async function contentBefore(
  effect: EffectToUndo,
  { path, before }: { readonly path: string; readonly before: string | null },
): Promise<Buffer | null> {
  if (before === null) return null;
  const kept = await effect.contentBefore(path);
  if (kept !== undefined && kept !== null && hashBytes(kept) === before) return kept;
  throw new ToolError(
    'not_found',
    `what ${path} was before is not kept (ignored files are not); bring it back by hand`,
  );
}

function movedOn(path: string): ToolError {
  return new ToolError('conflict', `${path} is not any more as this effect left it`);
}

function isBack(path: string, back: string | null): string {
  return back === null ? `${path} is removed again` : `${path} is back to what it was`;
}
