import { HoldfastError } from '../../../domain/failures.ts';
import { bestFits } from '../../../domain/run/ids.ts';
import type { InboxItem } from '../../inbox-client.ts';
import { typedId } from './typed-id.ts';

/** What the person typed, and what was numbered when the inbox was last shown. */
export interface ItemSearch {
  readonly typed: string | undefined;
  readonly items: readonly InboxItem[];
  readonly numbered: readonly string[] | undefined;
  /** What the command can decide on; the others are looked at only when they are named. */
  readonly kinds: readonly InboxItem['kind'][];
}

/**
 * The thing in the inbox that is meant: by its number, its id, or an end or beginning of it that fits only one; without
 * any, the only one that waits.
 *
 * @throws {HoldfastError} not_found, conflict (decided meanwhile) or invalid_argument (fits several).
 */
export function findItem({ typed, items, numbered, kinds }: ItemSearch): InboxItem {
  if (typed === undefined) return onlyOne(items.filter(({ kind }) => kinds.includes(kind)));
  if (/^\d{1,4}$/.test(typed)) return byNumber(Number(typed), items, numbered);
  const fitting = new Set(
    bestFits(
      typed,
      items.map(({ approvalId }) => approvalId),
    ),
  );
  const found = items.filter(({ approvalId }) => fitting.has(approvalId));
  const [first] = found;
  if (first === undefined) {
    throw new HoldfastError('not_found', `nothing that waits is named "${typed}"`, {
      suggestion: 'see: holdfast inbox',
    });
  }
  if (found.length > 1) throw several(`"${typed}" fits ${found.length} things that wait`, found);
  return first;
}

/** What people may type of an approval's id: the whole, or what follows the tenant. */
export function namesOf(approvalId: string): readonly string[] {
  return [approvalId, typedId(approvalId)];
}

function onlyOne(items: readonly InboxItem[]): InboxItem {
  const [first] = items;
  if (first === undefined) {
    throw new HoldfastError('not_found', 'nothing of this kind waits', {
      suggestion: 'see what waits with: holdfast inbox',
    });
  }
  if (items.length > 1) throw several(`${items.length} things wait: say which`, items);
  return first;
}

function byNumber(
  number: number,
  items: readonly InboxItem[],
  numbered: readonly string[] | undefined,
): InboxItem {
  const ids = numbered ?? items.map(({ approvalId }) => approvalId);
  const id = ids[number - 1];
  if (id === undefined) {
    throw new HoldfastError('not_found', `the inbox has no number ${number}`, {
      suggestion: 'see: holdfast inbox',
    });
  }
  const item = items.find(({ approvalId }) => approvalId === id);
  if (item !== undefined) return item;
  throw new HoldfastError('conflict', `number ${number} (${typedId(id)}) does not wait any more`, {
    suggestion: 'see what waits now with: holdfast inbox',
  });
}

function several(message: string, items: readonly InboxItem[]): HoldfastError {
  const some = items.slice(0, 5).map(({ approvalId }) => typedId(approvalId));
  return new HoldfastError('invalid_argument', message, {
    suggestion: `one of: ${some.join(', ')}${items.length > 5 ? ', …' : ''}`,
    details: { ids: some },
  });
}
