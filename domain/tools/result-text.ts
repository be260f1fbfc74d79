/** What a model is told of a call that did not go well. `code` is an error code, or what a person or policy said. */
export function failureText(tool: string, code: string, text: string): string {
  return `toolName: ${tool}\nerrorType: ${code}\nerrorMessage: ${text}`;
}

/** The text of a result as {@link failureText} wrote it, with its code; `failed` is undefined for any other text. */
export function readResult(content: string): {
  readonly failed: string | undefined;
  readonly text: string;
} {
  const found = /^toolName: .*\nerrorType: (.*)\nerrorMessage: ([^]*)$/.exec(content);
  return { failed: found?.[1], text: found?.[2] ?? content };
}
