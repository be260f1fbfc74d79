import type { InboxItem } from '../../inbox-client.ts';
import { namesOf } from './find-item.ts';

/** What was typed after `reject` or `answer`. */
export interface WordsAndId {
  readonly id: string | undefined;
  readonly words: string | undefined;
}

/**
 * Tells an id from words when only one was typed: a number, what looks like an id, and what names something that waits
 * is an id; anything else are words.
 */
export function wordsAndId(
  [first, second]: readonly [string | undefined, string | undefined],
  items: readonly InboxItem[],
): WordsAndId {
  if (first === undefined || second !== undefined) return { id: first, words: second };
  const isId =
    /^\d{1,4}$/.test(first) ||
    /^\S*\/\S*$/.test(first) ||
    items.some(({ approvalId }) => namesOf(approvalId).some((name) => name.startsWith(first)));
  return isId ? { id: first, words: undefined } : { id: undefined, words: first };
}
