import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Language, Parser } from 'web-tree-sitter';
import type { Node } from 'web-tree-sitter';
import type { ParsedShell, ParseShell } from '../../domain/commands/syntax.ts';
import { ScriptConverter } from './convert-script.ts';
import { UnparsedError } from './unparsed.ts';

/** Longest text that is read; commands of people and models are far below it. */
const maxTextLength = 65_536;
/** Deepest tree that is converted: the conversion is recursive. */
const maxDepth = 200;

let loading: Promise<ParseShell> | undefined;

/** Gives the parser of shell texts; the grammar is loaded once, at the first call. */
export async function loadShellParser(): Promise<ParseShell> {
  loading ??= load();
  return await loading;
}

async function load(): Promise<ParseShell> {
  const require = createRequire(import.meta.url);
  await Parser.init();
  const grammar = await readFile(
    require.resolve('@vscode/tree-sitter-wasm/wasm/tree-sitter-bash.wasm'),
  );
  const parser = new Parser();
  parser.setLanguage(await Language.load(grammar));
  return (text) => parse(parser, text);
}

function parse(parser: Parser, text: string): ParsedShell {
  const reason = refusedCharacters(text);
  if (reason !== undefined) return { type: 'unparsed', reason };
  parser.reset();
  const tree = parser.parse(text);
  if (tree === null) return { type: 'unparsed', reason: 'the text cannot be read' };
  try {
    return convert(tree.rootNode, text);
  } finally {
    tree.delete();
  }
}

/** Characters that shells and grammars take for different things. */
function refusedCharacters(text: string): string | undefined {
  if (text.length > maxTextLength) return `the text is longer than ${maxTextLength} characters`;
  // SAFETY: control characters but tab and newline, blanks and line ends beyond ASCII, invisible and direction marks.
  if (/[\p{Cc}\p{Zl}\p{Zp}\p{Cf}\p{Cs}]/u.test(text.replaceAll(/[\t\n]/g, ''))) {
    return 'the text holds control or invisible characters';
  }
  return /[^\P{Zs} ]/u.test(text) ? 'the text holds a blank that is not a space' : undefined;
}

function convert(root: Node, text: string): ParsedShell {
  try {
    if (root.hasError || root.endIndex > text.length)
      throw new UnparsedError('the text is not valid shell');
    requireSound(root, text, 0);
    return { type: 'parsed', script: new ScriptConverter(text).program(root) };
  } catch (error) {
    if (error instanceof UnparsedError) return { type: 'unparsed', reason: error.message };
    throw error;
  }
}

/** Refuses trees with faults in them, too deep ones, and tokens that swallow more text than they stand for. */
function requireSound(node: Node, text: string, depth: number): void {
  if (depth > maxDepth) throw new UnparsedError('the text is nested too deep');
  if (node.isMissing || node.isError) throw new UnparsedError('the text is not valid shell');
  const { children } = node;
  const isToken = !node.isNamed && children.length === 0;
  if (isToken && text.slice(node.startIndex, node.endIndex) !== node.type) {
    throw new UnparsedError('a token is not read');
  }
  for (const child of children) requireSound(child, text, depth + 1);
}
