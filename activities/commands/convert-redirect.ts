import type { Node } from 'web-tree-sitter';
import type { ListItem, Redirect, Statement, Word } from '../../domain/commands/syntax.ts';
import { quotedWord } from '../../domain/commands/syntax.ts';
import type { ScriptConverter } from './convert-script.ts';
import { readHereText } from './read-words.ts';
import { childrenOf, requireWordEnd } from './syntax-nodes.ts';
import { UnparsedError } from './unparsed.ts';

const operators: ReadonlyMap<string, Redirect['operator']> = new Map([
  ['<', '<'],
  ['>', '>'],
  ['>>', '>>'],
  ['>|', '>|'],
  ['<>', '<>'],
  ['&>', '&>'],
  ['&>>', '&>>'],
  ['>&', '>&'],
  ['<&', '<&'],
  ['<<<', '<<<'],
  ['>&-', '>&'],
  ['<&-', '<&'],
]);

/**
 * Converts a file redirection or a here-string. The grammar takes every word after the target into the redirection
 * too; those come back as `rest`, because for the shell they are arguments of the command.
 */
export function convertRedirect(
  node: Node,
  converter: ScriptConverter,
): { readonly redirect: Redirect; readonly rest: readonly Word[] } {
  const children = childrenOf(node, converter.text, 'line');
  const descriptor = children.at(0)?.type === 'file_descriptor' ? children.at(0) : undefined;
  const token = children.at(descriptor === undefined ? 0 : 1);
  const operator = operators.get(token?.type ?? '');
  if (token === undefined || operator === undefined)
    throw new UnparsedError('a redirection is not read');
  if (descriptor !== undefined && descriptor.endIndex !== token.startIndex) {
    throw new UnparsedError('the number of a redirection stands apart');
  }
  requireOwnNumber(descriptor ?? token, converter.text);
  if (token.type.endsWith('&-')) {
    const rest = converter.words(token.endIndex, node.endIndex, node);
    requireWordEnd(converter.text, node.endIndex);
    return { redirect: { operator, target: quotedWord('-') }, rest };
  }
  const [target, ...rest] = converter.words(token.endIndex, node.endIndex, node);
  if (target === undefined) throw new UnparsedError('a redirection has no target');
  requireWordEnd(converter.text, node.endIndex);
  return { redirect: { operator, target }, rest };
}

/** A number right before the operator belongs to the redirection, anything else before it ends a word. */
function requireOwnNumber(first: Node, text: string): void {
  const before = /(?:^|[ \t\n;&|()])(\d+|\{\w+\})$/.exec(text.slice(0, first.startIndex));
  if (before !== null && first.type !== 'file_descriptor') {
    throw new UnparsedError('the number of a redirection is not read');
  }
}

/** What a here-document brings: its own redirection, and what stands after `<<WORD` on the same line. */
export interface HereDocument {
  readonly redirects: readonly Redirect[];
  readonly words: readonly Word[];
  readonly piped: readonly Statement[];
  readonly following: readonly ListItem[];
}

/** Converts a here-document, and checks against the raw lines where it begins and ends. */
export function convertHereDocument(node: Node, converter: ScriptConverter): HereDocument {
  const children = childrenOf(node, converter.text).filter(
    (child) => child.type !== 'file_descriptor',
  );
  const [operator, start] = children;
  const body = children.find((child) => child.type === 'heredoc_body');
  const end = children.at(-1);
  if (start?.type !== 'heredoc_start' || end?.type !== 'heredoc_end' || operator === undefined) {
    throw new UnparsedError('a here-document is not read');
  }
  const tail = children.slice(2, -1).filter((child) => child !== body);
  const lineEnd = converter.text.indexOf('\n', start.endIndex);
  if (tail.some((child) => child.endIndex > lineEnd))
    throw new UnparsedError('a here-document is not read');
  requireWordEnd(converter.text, start.endIndex);
  const delimiter = plainDelimiter(start.text);
  const bodyEnd = requireExtent(converter.text, {
    from: lineEnd + 1,
    to: end.endIndex,
    delimiter: delimiter.text,
    tabs: operator.type === '<<-',
  });
  const target = delimiter.quoted
    ? quotedWord(converter.text.slice(lineEnd + 1, bodyEnd))
    : readHereText(converter.reader(body ?? node), lineEnd + 1, bodyEnd);
  return afterDelimiter(tail, converter, { operator: '<<', target });
}

function afterDelimiter(
  tail: readonly Node[],
  converter: ScriptConverter,
  own: Redirect,
): HereDocument {
  const redirects: Redirect[] = [own];
  const words: Word[] = [];
  const piped: Statement[] = [];
  const following: ListItem[] = [];
  let separator: '&&' | '||' | undefined;
  for (const child of tail) {
    if (child.type === 'file_redirect') {
      const { redirect, rest } = converter.redirect(child);
      redirects.push(redirect);
      words.push(...rest);
    } else if (child.type === 'pipeline') piped.push(...converter.stages(child));
    else if (child.type === '&&' || child.type === '||') separator = child.type;
    else if (separator !== undefined)
      following.push({ statement: converter.one(child), separator: '&&' });
    else words.push(...converter.words(child.startIndex, child.endIndex, child));
  }
  return { redirects, words, piped, following };
}

function plainDelimiter(raw: string): { readonly text: string; readonly quoted: boolean } {
  const match = /^(?:(\w+)|'(\w+)'|"(\w+)"|\\(\w+))$/.exec(raw);
  if (match === null) throw new UnparsedError('the end of a here-document is not a plain word');
  return {
    text: match[1] ?? match[2] ?? match[3] ?? match[4] ?? '',
    quoted: match[1] === undefined,
  };
}

interface Extent {
  readonly from: number;
  readonly to: number;
  readonly delimiter: string;
  readonly tabs: boolean;
}

/** The first line that is the delimiter ends the body; the tree must say the same. Gives where the body ends. */
function requireExtent(text: string, { from, to, delimiter, tabs }: Extent): number {
  let at = from;
  while (at > 0 && at <= text.length) {
    const lineEnd = text.indexOf('\n', at);
    const stop = lineEnd < 0 ? text.length : lineEnd;
    const line = text.slice(at, stop);
    if ((tabs ? line.replace(/^\t+/, '') : line) === delimiter) {
      if (stop !== to) break;
      return at;
    }
    if (lineEnd < 0) break;
    at = lineEnd + 1;
  }
  throw new UnparsedError('the end of a here-document is not read');
}
