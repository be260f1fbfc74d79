import type { Node } from 'web-tree-sitter';
import { UnparsedError } from './unparsed.ts';

/** Node types that stand for something the shell expands inside a word. */
const holeTypes: ReadonlySet<string> = new Set([
  'simple_expansion',
  'expansion',
  'command_substitution',
  'process_substitution',
  'arithmetic_expansion',
  'array',
]);

const redirectTypes: ReadonlySet<string> = new Set([
  'file_redirect',
  'heredoc_redirect',
  'herestring_redirect',
]);

/** True for a redirection of any kind. */
export function isRedirect(node: Node): boolean {
  return redirectTypes.has(node.type);
}

/** True for a node that is expanded inside a word. */
export function isHole(node: Node): boolean {
  return holeTypes.has(node.type);
}

/**
 * The children of a node. What stands between them must be blank, so that no character of the text goes unread.
 * @throws {UnparsedError} when it is not.
 */
export function childrenOf(node: Node, text: string, blank: 'line' | 'lines' = 'lines'): Node[] {
  const children = node.children;
  let at = node.startIndex;
  for (const child of children) {
    requireBlank(text.slice(at, child.startIndex), blank);
    at = child.endIndex;
  }
  if (children.length > 0) requireBlank(text.slice(at, node.endIndex), 'lines');
  return children;
}

/** Refuses a gap that holds anything but blanks and line continuations. */
export function requireBlank(gap: string, blank: 'line' | 'lines'): void {
  const known = blank === 'line' ? /^(?:[ \t]|\\\n)*$/ : /^(?:[ \t\n]|\\\n)*$/;
  if (!known.test(gap)) throw new UnparsedError('a part of the text is not read by the parser');
}

/**
 * Refuses a word that goes on where the tree ends it: a line continuation does not end a word.
 * @throws {UnparsedError} when the character after it is part of a word.
 */
export function requireWordEnd(text: string, end: number): void {
  const after = text
    .slice(end)
    .replace(/^(?:\\\n)+/, '')
    .charAt(0);
  if (after !== '' && !/[ \t\n;|&<>()`]/.test(after))
    throw new UnparsedError('a word is not read to its end');
}

/** The outermost expanded nodes under a node, in the order of the text. */
export function holesIn(node: Node): Node[] {
  if (isHole(node)) return [node];
  return node.children.flatMap(holesIn);
}
