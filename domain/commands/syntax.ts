/**
 * The plain syntax tree of a shell text: what the parser hands to the pure code that resolves commands. It keeps only
 * what a verdict depends on; order is the order of the text.
 */

/** A piece of a word, after quotes and backslashes were taken away. */
export type WordPart =
  /** Characters without any quoting. */
  | { readonly type: 'literal'; readonly text: string }
  /** Characters that quoting or a backslash protects: never a glob, a keyword or an option of the shell itself. */
  | { readonly type: 'quoted'; readonly text: string }
  /** An unquoted `*`, `?`, `[`, or a brace expansion: stands for names that are not known here. */
  | { readonly type: 'glob'; readonly text: string }
  /** A leading `~` or `~name`. */
  | { readonly type: 'tilde'; readonly text: string }
  /** `$NAME`, `${NAME}` and simple forms of it; `complex` when the form can do more than give a value. */
  | {
      readonly type: 'variable';
      readonly text: string;
      readonly name: string;
      readonly complex: boolean;
      readonly scripts: readonly Script[];
    }
  /** `$(…)`, backticks, `<(…)` or `>(…)`. */
  | { readonly type: 'substitution'; readonly text: string; readonly script: Script }
  /** `$((…))`; `evaluates` when a variable's value is evaluated in it, which can run commands. */
  | {
      readonly type: 'arithmetic';
      readonly text: string;
      readonly evaluates: boolean;
      readonly scripts: readonly Script[];
    }
  /** The value of an array assignment, `(a b c)`. */
  | { readonly type: 'array'; readonly text: string; readonly scripts: readonly Script[] };

/** One word of the text: `raw` is how it is written. */
export interface Word {
  readonly raw: string;
  readonly parts: readonly WordPart[];
}

/** One redirection. The target of `<<` is the here-document's body, of `<<<` the here-string. */
export interface Redirect {
  readonly operator: '<' | '>' | '>>' | '>|' | '<>' | '&>' | '&>>' | '>&' | '<&' | '<<<' | '<<';
  readonly target: Word;
}

/** How a statement of a list is tied to the one after it. */
export type Separator = '&&' | '||' | ';' | '&';

/** One statement with what follows it. */
export interface ListItem {
  readonly statement: Statement;
  readonly separator: Separator;
}

/** A sequence of statements; may be empty. */
export type Script = readonly ListItem[];

/** One statement of a shell text. */
export type Statement =
  /** Assignments, words and redirections of a simple command; leading assignments are still among the words. */
  | {
      readonly type: 'simple';
      readonly words: readonly Word[];
      readonly redirects: readonly Redirect[];
    }
  | { readonly type: 'pipeline'; readonly stages: readonly Statement[] }
  | { readonly type: 'list'; readonly items: Script }
  /** A statement with redirections of its own, such as a loop with `< file`. */
  | {
      readonly type: 'redirected';
      readonly body: Statement;
      readonly redirects: readonly Redirect[];
    }
  | { readonly type: 'subshell'; readonly body: Script }
  /** `{ … }`, `if`, `case`: bodies run once or not at all. `words` are words that are expanded but not run. */
  | {
      readonly type: 'branches';
      readonly words: readonly Word[];
      readonly bodies: readonly Script[];
    }
  /** `for`, `while`, `until`, `select`. */
  | {
      readonly type: 'loop';
      readonly variable?: string;
      readonly words: readonly Word[];
      readonly bodies: readonly Script[];
    }
  | { readonly type: 'function'; readonly name: string; readonly body: Statement }
  /** `[[ … ]]` and `(( … ))`; `evaluates` when a value is evaluated as arithmetic. */
  | { readonly type: 'condition'; readonly evaluates: boolean; readonly words: readonly Word[] };

/** What a parser says on a text: its tree, or why it cannot be read for sure. */
export type ParsedShell =
  | { readonly type: 'parsed'; readonly script: Script }
  | { readonly type: 'unparsed'; readonly reason: string };

/** Reads a shell text. Handed to the pure code, which must not know a parser. */
export type ParseShell = (text: string) => ParsedShell;

/** The word's text when it has no part that the shell would still expand; undefined otherwise. */
export function literalText(word: Word): string | undefined {
  let text = '';
  for (const part of word.parts) {
    if (part.type !== 'literal' && part.type !== 'quoted') return undefined;
    text += part.text;
  }
  return text;
}

/** The word's text with the parts that are not known kept as they are written. */
export function displayText(word: Word): string {
  return word.parts.map((part) => part.text).join('');
}

/** A word that is exactly this text, as if it were quoted. */
export function quotedWord(text: string): Word {
  return { raw: text, parts: [{ type: 'quoted', text }] };
}
