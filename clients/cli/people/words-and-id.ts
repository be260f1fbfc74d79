/** What was typed after `reject` or `answer`. */
export interface WordsAndId {
  readonly id: string | undefined;
  readonly words: string | undefined;
}

/**
 * Tells an id from words when only one was typed: a number, or a text with slashes and no blanks, is an id; words are
 * asked for then.
 */
export function wordsAndId(first: string | undefined, second: string | undefined): WordsAndId {
  if (first === undefined || second !== undefined) return { id: first, words: second };
  const isId = /^\d{1,4}$/.test(first) || /^\S*\/\S*$/.test(first);
  return isId ? { id: first, words: undefined } : { id: undefined, words: first };
}
