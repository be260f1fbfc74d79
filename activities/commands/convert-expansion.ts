import type { Node } from 'web-tree-sitter';
import type { Script, WordPart } from '../../domain/commands/syntax.ts';
import { holesIn } from './syntax-nodes.ts';
import { UnparsedError } from './unparsed.ts';

/** How an expansion is converted: the whole text, and how the statements inside a substitution become a script. */
export interface ExpansionContext {
  readonly text: string;
  readonly convertBody: (children: readonly Node[]) => Script;
}

const plainVariable = /^\$(?:[A-Za-z_]\w*|[0-9@*#?$!_-])$|^\$\{#?(?:[A-Za-z_]\w*|[0-9@*#?$!-])\}$/;
/** Defaults and cut prefixes or suffixes with nothing to expand in them: they give a value and do nothing else. */
const harmlessForm = /^\$\{[A-Za-z_]\w*(?::?[-+?]|%%?|##?)[\w.*?/:-]*\}$/;

/**
 * Converts one expanded node into a word part; the scripts of substitutions inside of it come along.
 * @throws {UnparsedError} when its raw text does not fit what the tree says.
 */
export function convertExpansion(node: Node, context: ExpansionContext): WordPart {
  const text = context.text.slice(node.startIndex, node.endIndex);
  switch (node.type) {
    case 'simple_expansion':
      return simpleExpansion(node, text, context);
    case 'expansion':
      return bracedExpansion(node, text, context);
    case 'command_substitution':
    case 'process_substitution':
      return { type: 'substitution', text, script: substitutionScript(node, text, context) };
    case 'arithmetic_expansion':
      return arithmetic(node, text, context);
    case 'array':
      return { type: 'array', text, scripts: nestedScripts(node, context) };
  }
  throw new UnparsedError(`an expansion of an unknown kind: ${node.type}`);
}

function simpleExpansion(node: Node, text: string, context: ExpansionContext): WordPart {
  const continues = /^\$[A-Za-z_]/.test(text) && /\w/.test(context.text.charAt(node.endIndex));
  if (!plainVariable.test(text) || continues) throw new UnparsedError('a variable is not read');
  return { type: 'variable', text, name: text.slice(1), complex: false, scripts: [] };
}

function bracedExpansion(node: Node, text: string, context: ExpansionContext): WordPart {
  if (!text.startsWith('${') || !text.endsWith('}'))
    throw new UnparsedError('a variable is not read');
  const complex = !plainVariable.test(text) && !harmlessForm.test(text);
  const name = /^\$\{#?(\w+|.)/.exec(text)?.[1] ?? '';
  return { type: 'variable', text, name, complex, scripts: nestedScripts(node, context) };
}

function arithmetic(node: Node, text: string, context: ExpansionContext): WordPart {
  const scripts = nestedScripts(node, context);
  return { type: 'arithmetic', text, evaluates: evaluatesVariables(text), scripts };
}

/** True unless an arithmetic text is numbers and operators only: a variable's value is evaluated again, and can run commands. */
export function evaluatesVariables(text: string): boolean {
  return !/^[\d\s+\-*/%()<>=!&|^~?:,$[\]]*$/.test(text);
}

/** The scripts of all substitutions under a node. */
function nestedScripts(node: Node, context: ExpansionContext): Script[] {
  return node.children
    .flatMap(holesIn)
    .flatMap((hole) => scriptsOf(convertExpansion(hole, context)));
}

function scriptsOf(part: WordPart): readonly Script[] {
  if (part.type === 'substitution') return [part.script];
  return 'scripts' in part ? part.scripts : [];
}

function substitutionScript(node: Node, text: string, context: ExpansionContext): Script {
  const children = node.children;
  const [open, close] = [children.at(0)?.text ?? '', children.at(-1)?.text ?? ''];
  const isBackticks = open === '`' && close === '`';
  const isKnown = isBackticks || (/^(?:\$\(|<\(|>\()$/.test(open) && close === ')');
  if (!isKnown || text.startsWith('$((')) throw new UnparsedError('a substitution is not read');
  if (isBackticks && text.includes('\\'))
    throw new UnparsedError('a backslash stands inside backticks');
  return context.convertBody(children.slice(1, -1));
}
