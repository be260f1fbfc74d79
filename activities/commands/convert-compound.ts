import type { Node } from 'web-tree-sitter';
import type { ListItem, Redirect, Script, Statement, Word } from '../../domain/commands/syntax.ts';
import { evaluatesVariables } from './convert-expansion.ts';
import type { ScriptConverter } from './convert-script.ts';
import { childrenOf, holesIn, isHole, isRedirect } from './syntax-nodes.ts';
import { UnparsedError } from './unparsed.ts';

/** `if`, with its `elif` and `else`: every part is one body. */
export function branches(converter: ScriptConverter, node: Node): Statement {
  const bodies = splitAt(childrenOf(node, converter.text), ['if', 'then', 'fi', 'elif', 'else']);
  return { type: 'branches', words: [], bodies: bodies.map((body) => branchBody(converter, body)) };
}

/** `elif` and `else` clauses follow their branch without a separator of their own. */
function branchBody(converter: ScriptConverter, nodes: readonly Node[]): Script {
  const clauses = nodes.filter(isClause).map((node) => converter.one(node));
  return [
    ...converter.script(nodes.filter((node) => !isClause(node))),
    ...clauses.map((statement): ListItem => ({ statement, separator: ';' })),
  ];
}

/** `case`: its patterns are words, its branches bodies. */
export function caseStatement(converter: ScriptConverter, node: Node): Statement {
  const children = childrenOf(node, converter.text);
  const items = children.filter((child) => child.type === 'case_item');
  const words = children
    .filter((child) => child.isNamed && child.type !== 'case_item' && child.type !== 'comment')
    .flatMap((child) => converter.words(child.startIndex, child.endIndex, child));
  return { type: 'branches', words, bodies: items.map((item) => caseItem(converter, item)) };
}

function caseItem(converter: ScriptConverter, node: Node): Script {
  const children = childrenOf(node, converter.text);
  const close = children.findIndex((child) => child.type === ')');
  if (close < 0) throw new UnparsedError('a branch of case is not read');
  const patterns = children.slice(0, close).filter((child) => child.isNamed);
  const words = patterns.flatMap((child) =>
    converter.words(child.startIndex, child.endIndex, child),
  );
  const statement: Statement = { type: 'branches', words, bodies: [] };
  return [{ statement, separator: ';' }, ...converter.script(children.slice(close + 1))];
}

/** `for`, `while`, `until` and `select`; the conditions of a loop are bodies too. */
export function loop(converter: ScriptConverter, node: Node): Statement {
  const children = childrenOf(node, converter.text);
  const body = children.at(-1);
  if (body === undefined) throw new UnparsedError('a loop is not read');
  const head = children.slice(0, -1);
  const bodies = [loopBody(converter, body)];
  if (node.type === 'while_statement') bodies.unshift(converter.script(head.slice(1)));
  if (node.type === 'while_statement') return { type: 'loop', words: [], bodies };
  const raw = converter.text.slice(node.startIndex, body.startIndex);
  if (node.type === 'c_style_for_statement') {
    return {
      type: 'loop',
      words: holeWords(converter, node, head),
      bodies: [evaluation(converter, raw), ...bodies],
    };
  }
  const variable = head.find((child) => child.type === 'variable_name')?.text ?? '';
  const inToken = head.findIndex((child) => child.type === 'in');
  const listed = inToken < 0 ? [] : head.slice(inToken + 1).filter((child) => child.type !== ';');
  const [first, last] = [listed.at(0), listed.at(-1)];
  const words =
    first === undefined || last === undefined
      ? []
      : converter.words(first.startIndex, last.endIndex, node);
  return { type: 'loop', variable, words, bodies };
}

function loopBody(converter: ScriptConverter, node: Node): Script {
  if (node.type === 'do_group') return converter.bodyBetween(node, 'do', 'done');
  return converter.bodyBetween(node, '{', '}');
}

function evaluation(converter: ScriptConverter, raw: string): Script {
  const evaluates = evaluatesVariables(raw.replace(/^for/, ''));
  return [{ statement: { type: 'condition', evaluates, words: [] }, separator: ';' }];
}

function holeWords(converter: ScriptConverter, node: Node, under: readonly Node[]): Word[] {
  const convert = converter.reader(node).convertHole;
  return under.flatMap(holesIn).map((hole) => ({ raw: hole.text, parts: [convert(hole)] }));
}

/** A function with its redirections. */
export function functionDefinition(converter: ScriptConverter, node: Node): Statement {
  const children = childrenOf(node, converter.text);
  const name = children.find((child) => child.type === 'word')?.text ?? '';
  if (!/^[\w.:-]+$/.test(name)) throw new UnparsedError('the name of a function is not read');
  const known = ['function', 'word', '(', ')'];
  const rest = children.filter((child) => !known.includes(child.type));
  const [body, ...redirectNodes] = rest;
  if (body === undefined) throw new UnparsedError('a function is not read');
  const redirects = redirectNodes.map((child) => onlyRedirect(converter, child));
  const converted = converter.one(body);
  const whole: Statement =
    redirects.length === 0 ? converted : { type: 'redirected', body: converted, redirects };
  return { type: 'function', name, body: whole };
}

function onlyRedirect(converter: ScriptConverter, node: Node): Redirect {
  if (!isRedirect(node)) throw new UnparsedError('a function is not read');
  const { redirect, rest } = converter.redirect(node);
  if (rest.length > 0) throw new UnparsedError('words follow a redirection');
  return redirect;
}

/** `[ … ]` is a command; `[[ … ]]` and `(( … ))` are conditions of the shell itself. */
export function test(converter: ScriptConverter, node: Node): Statement {
  const children = childrenOf(node, converter.text);
  const open = children.at(0)?.type;
  if (open === '[') {
    return {
      type: 'simple',
      words: converter.words(node.startIndex, node.endIndex, node),
      redirects: [],
    };
  }
  if (open !== '[[' && open !== '((') throw new UnparsedError('a condition is not read');
  const raw = converter.text.slice(node.startIndex, node.endIndex);
  if (open === '[[' && !/^\[\[[ \t\n].*[ \t\n]\]\]$/s.test(raw)) {
    throw new UnparsedError('a condition is not read');
  }
  const evaluates = open === '((' ? evaluatesVariables(raw) : evaluatesOperand(raw);
  const inside = children.filter((child) => child.childCount > 0 || isHole(child));
  return { type: 'condition', evaluates, words: holeWords(converter, node, inside) };
}

/** `[[ a -eq b ]]` and `[[ -v a[i] ]]` evaluate their operands as arithmetic. */
function evaluatesOperand(raw: string): boolean {
  return /\s-(?:eq|ne|lt|le|gt|ge|v|R)\b/.test(raw);
}

function isClause(node: Node): boolean {
  return node.type === 'elif_clause' || node.type === 'else_clause';
}

function splitAt(nodes: readonly Node[], tokens: readonly string[]): Node[][] {
  const groups: Node[][] = [];
  for (const node of nodes) {
    if (!node.isNamed && tokens.includes(node.type)) groups.push([]);
    else if (groups.length === 0) groups.push([node]);
    else groups.at(-1)?.push(node);
  }
  return groups;
}
