import type { TextRange } from '../../domain/redaction/text-matcher.ts';

/** Finds what looks like a secret to the rules of secretlint. */
type Linter = (text: string) => Promise<readonly TextRange[]>;

let loading: Promise<Linter> | undefined;

/**
 * All that the rules find has as many characters in a row without a blank; the shortest is an address of a database with a
 * name and a password of one letter each. What a tool says of itself mostly has none, and takes no time then.
 */
const canHoldSecret = /\S{10,}/;

/** Long texts are looked at in parts, so that other work goes on in between. Characters; parts end at the end of a line. */
const partLength = 256 * 1024;

/**
 * Finds what looks like a secret to the recommended rules of secretlint: sorted, may be empty. They are loaded with the
 * first text (measured: 75 ms), so that no process starts slower for them.
 */
export async function lintSecrets(text: string): Promise<readonly TextRange[]> {
  if (!canHoldSecret.test(text)) return [];
  loading ??= load();
  const lint = await loading;
  const found: TextRange[] = [];
  for (const { start, part } of partsOf(text)) {
    const ranges = await lint(part);
    found.push(...ranges.map((range) => ({ start: start + range.start, end: start + range.end })));
  }
  return found;
}

async function load(): Promise<Linter> {
  const [{ lintSource }, { creator }, { secretLintProfiler }] = await Promise.all([
    import('@secretlint/core'),
    import('@secretlint/secretlint-rule-preset-recommend'),
    import('@secretlint/profiler'),
  ]);
  // It keeps every mark of every text for ever and searches all of them for each: a worker that lives long would only do that.
  secretLintProfiler.mark = () => undefined;
  const config = {
    rules: [{ id: '@secretlint/secretlint-rule-preset-recommend', rule: creator, rules: [] }],
  };
  return async (content) => {
    const source = {
      filePath: '/text.txt',
      content,
      contentType: 'text' as const,
      ext: '.txt',
    };
    const options = { noPhysicFilePath: true, config };
    const { messages } = await lintSource({ source, options });
    return messages.map(({ range: [start, end] }) => ({ start, end }));
  };
}

function* partsOf(text: string): Generator<{ readonly start: number; readonly part: string }> {
  let start = 0;
  while (start < text.length) {
    const line = text.indexOf('\n', start + partLength);
    const end = line === -1 ? text.length : line + 1;
    yield { start, part: text.slice(start, end) };
    start = end;
  }
}
