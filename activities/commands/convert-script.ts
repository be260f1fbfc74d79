import type { Node } from 'web-tree-sitter';
import type {
  ListItem,
  Redirect,
  Script,
  Separator,
  Statement,
  Word,
} from '../../domain/commands/syntax.ts';
import { branches, caseStatement, functionDefinition, loop, test } from './convert-compound.ts';
import { convertExpansion } from './convert-expansion.ts';
import { convertHereDocument, convertRedirect } from './convert-redirect.ts';
import { readWords } from './read-words.ts';
import type { WordReader } from './read-words.ts';
import { childrenOf, holesIn, isRedirect, requireBlank, requireWordEnd } from './syntax-nodes.ts';
import { UnparsedError } from './unparsed.ts';

/** Words that would be a keyword of the shell if the grammar had seen one: as a command name they are a misreading. */
const keywords: ReadonlySet<string> = new Set(
  'if then else elif fi do done case esac while until for select function in { } ! [[ ]] coproc'.split(
    ' ',
  ),
);

const separators: ReadonlyMap<string, Separator> = new Map([
  ['&&', '&&'],
  ['||', '||'],
  ['&', '&'],
  [';', ';'],
  ['\n', ';'],
  [';;', ';'],
  [';&', ';'],
  [';;&', ';'],
]);

/**
 * Turns the grammar's tree into our own. Every node type is known by name and every character between nodes is blank:
 * a node or token that is not known makes the whole text unparsed.
 */
export class ScriptConverter {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** The whole text. */
  program(root: Node): Script {
    requireBlank(this.text.slice(0, root.startIndex), 'lines');
    requireBlank(this.text.slice(root.endIndex), 'lines');
    return this.script(childrenOf(root, this.text));
  }

  /** Statements with separators between them, comments left out. */
  script(nodes: readonly Node[]): Script {
    const items: ListItem[] = [];
    let previousEnd: number | undefined;
    for (const node of nodes) {
      if (node.type === 'comment') {
        this.checkComment(node);
        continue;
      }
      const separator = node.isNamed ? undefined : separators.get(node.type);
      if (separator !== undefined) {
        const last = items.pop();
        if (last !== undefined) items.push({ ...last, separator });
        previousEnd = undefined;
        continue;
      }
      this.requireSeparator(previousEnd, node);
      items.push({ statement: this.statement(node), separator: ';' });
      previousEnd = node.endIndex;
    }
    return items;
  }

  private requireSeparator(previousEnd: number | undefined, node: Node): void {
    if (previousEnd === undefined) return;
    const gap = this.text.slice(previousEnd, node.startIndex).replaceAll('\\\n', '');
    if (!gap.includes('\n')) throw new UnparsedError('two statements are not parted');
  }

  private checkComment(node: Node): void {
    const before = this.text.charAt(node.startIndex - 1);
    const after = this.text.charAt(node.endIndex);
    const isWhole =
      (before === '' || /[ \t\n;&|()]/.test(before)) && (after === '' || after === '\n');
    if (!isWhole || node.text.includes('\n') || !node.text.startsWith('#')) {
      throw new UnparsedError('a comment is not read');
    }
  }

  private statement(node: Node): Statement {
    switch (node.type) {
      case 'command':
      case 'declaration_command':
      case 'unset_command':
      case 'variable_assignment':
      case 'variable_assignments':
        return this.simple(node);
      case 'redirected_statement':
        return this.redirected(node);
      case 'pipeline':
        return { type: 'pipeline', stages: this.stages(node) };
      case 'list':
        return { type: 'list', items: this.script(childrenOf(node, this.text)) };
      case 'negated_command':
        this.requireBlankAfter(node, '!');
        return this.inner(node, ['!']);
      case 'subshell':
        return { type: 'subshell', body: this.bodyBetween(node, '(', ')') };
      case 'compound_statement':
        this.requireBlankAfter(node, '{');
        return { type: 'branches', words: [], bodies: [this.bodyBetween(node, '{', '}')] };
      case 'if_statement':
      case 'elif_clause':
      case 'else_clause':
        return branches(this, node);
      case 'case_statement':
        return caseStatement(this, node);
      case 'while_statement':
      case 'for_statement':
      case 'c_style_for_statement':
        return loop(this, node);
      case 'function_definition':
        return functionDefinition(this, node);
      case 'test_command':
        return test(this, node);
      case 'file_redirect':
        return { type: 'simple', words: [], redirects: [this.redirect(node).redirect] };
    }
    throw new UnparsedError(`a construct of the shell is not known: ${node.type}`);
  }

  private simple(node: Node): Statement {
    const words: Word[] = [];
    const redirects: Redirect[] = [];
    let from = node.startIndex;
    for (const child of childrenOf(node, this.text, 'line')) {
      if (!isRedirect(child)) continue;
      words.push(...this.words(from, child.startIndex, node));
      const { redirect, rest } = this.redirect(child);
      redirects.push(redirect);
      words.push(...rest);
      from = child.endIndex;
    }
    words.push(...this.words(from, node.endIndex, node));
    requireWordEnd(this.text, node.endIndex);
    this.checkName(words);
    return { type: 'simple', words, redirects };
  }

  private checkName(words: readonly Word[]): void {
    const names = words.map((word) => word.raw.replaceAll('\\\n', ''));
    const name = names.find((raw) => !/^[A-Za-z_]\w*(?:\[[^\]]*\])?\+?=/.test(raw));
    if (name !== undefined && keywords.has(name)) {
      throw new UnparsedError(`a keyword stands in the place of a command: ${name}`);
    }
  }

  private redirected(node: Node): Statement {
    const redirects: Redirect[] = [];
    const extra: Word[] = [];
    let body: Statement | undefined;
    let piped: readonly Statement[] = [];
    let following: readonly ListItem[] = [];
    for (const child of childrenOf(node, this.text, 'line')) {
      if (child.type === 'heredoc_redirect') {
        const here = convertHereDocument(child, this);
        redirects.push(...here.redirects);
        extra.push(...here.words);
        piped = here.piped;
        following = here.following;
      } else if (isRedirect(child)) {
        const { redirect, rest } = this.redirect(child);
        redirects.push(redirect);
        extra.push(...rest);
      } else if (body === undefined) body = this.statement(child);
      else throw new UnparsedError('a redirection is not read');
    }
    const first = withRedirects(body, redirects, extra);
    const stage: Statement =
      piped.length === 0 ? first : { type: 'pipeline', stages: [first, ...piped] };
    if (following.length === 0) return stage;
    return { type: 'list', items: [{ statement: stage, separator: '&&' }, ...following] };
  }

  /** Converts one redirection that is not a here-document. */
  redirect(node: Node): { readonly redirect: Redirect; readonly rest: readonly Word[] } {
    if (node.type === 'heredoc_redirect') throw new UnparsedError('a here-document is not read');
    return convertRedirect(node, this);
  }

  /** Reads the words of a span; expansions are looked up under `node`. */
  words(start: number, end: number, node: Node): Word[] {
    return readWords(this.reader(node), start, end);
  }

  /** What reads words under a node. */
  reader(node: Node): WordReader {
    const holes = new Map(holesIn(node).map((hole) => [hole.startIndex, hole]));
    return {
      text: this.text,
      holes,
      convertHole: (hole) =>
        convertExpansion(hole, { text: this.text, convertBody: (nodes) => this.script(nodes) }),
    };
  }

  /** The statements of a pipeline. */
  stages(node: Node): Statement[] {
    return childrenOf(node, this.text)
      .filter((child) => !['|', '|&'].includes(child.type) && child.type !== 'comment')
      .map((child) => this.statement(child));
  }

  /** Converts one node that is a statement. */
  one(node: Node): Statement {
    return this.statement(node);
  }

  private inner(node: Node, tokens: readonly string[]): Statement {
    const rest = childrenOf(node, this.text).filter((child) => !tokens.includes(child.type));
    const [only] = rest;
    if (rest.length !== 1 || only === undefined) throw new UnparsedError('a statement is not read');
    return this.statement(only);
  }

  /** `!` and `{` are keywords only as words of their own: `!a` and `{}` are names of commands. */
  private requireBlankAfter(node: Node, keyword: string): void {
    const isApart = /^[ \t\n]$/.test(this.text.charAt(node.startIndex + keyword.length));
    if (!isApart) throw new UnparsedError(`${keyword} is not read`);
  }

  /** The statements between two tokens that open and close a group. */
  bodyBetween(node: Node, open: string, close: string): Script {
    const children = childrenOf(node, this.text);
    if (children.at(0)?.type !== open || children.at(-1)?.type !== close) {
      throw new UnparsedError('a group is not read');
    }
    return this.script(children.slice(1, -1));
  }
}

/**
 * Ties redirections to the command they stand at: the grammar puts `a && b > c` as one list with a redirection, for the
 * shell it belongs to the last command.
 */
function withRedirects(
  body: Statement | undefined,
  redirects: readonly Redirect[],
  extra: readonly Word[],
): Statement {
  if (body === undefined) return { type: 'simple', words: extra, redirects };
  if (body.type === 'simple') {
    return {
      ...body,
      words: [...body.words, ...extra],
      redirects: [...body.redirects, ...redirects],
    };
  }
  const last = body.type === 'list' ? body.items.at(-1) : undefined;
  if (body.type === 'list' && last !== undefined) {
    const statement = withRedirects(last.statement, redirects, extra);
    return { ...body, items: [...body.items.slice(0, -1), { ...last, statement }] };
  }
  const stage = body.type === 'pipeline' ? body.stages.at(-1) : undefined;
  if (body.type === 'pipeline' && stage !== undefined) {
    return {
      ...body,
      stages: [...body.stages.slice(0, -1), withRedirects(stage, redirects, extra)],
    };
  }
  if (extra.length > 0) throw new UnparsedError('words follow a redirection');
  return { type: 'redirected', body, redirects };
}
