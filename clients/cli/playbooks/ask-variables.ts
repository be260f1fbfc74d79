import type { Json } from '../../../domain/json.ts';
import type { PlaybookEntry, PlaybookVariable } from '../../../domain/playbooks/playbook-entry.ts';
import type { RequestVariables } from '../../../domain/playbooks/request-variables.ts';
import { readValue, type ReadValue } from '../../../domain/playbooks/variable-value.ts';
import type { CommandContext } from '../command-context.ts';
import { canPrompt } from '../people/prompts/prompter.ts';

/** Asks a person at the terminal for each required variable that has no value. One that is left stays missing. */
export async function askMissing(
  context: CommandContext,
  { variables }: PlaybookEntry,
  given: RequestVariables,
): Promise<RequestVariables> {
  if (given.missing.length === 0 || !canPrompt(context)) return given;
  const prompter = await context.prompter();
  const found: Record<string, Json> = { ...given.found };
  for (const name of given.missing) {
    const variable = variables.find((each) => each.name === name);
    const read = (typed: string): ReadValue => readValue(typed, variable ?? {});
    const text = await prompter.text({
      message: questionFor(name, variable),
      isRequired: true,
      check: (typed) => {
        const value = read(typed);
        return value.type === 'unfit' ? `has to be ${value.constraint}` : undefined;
      },
    });
    if (text === undefined) break;
    const value = read(text);
    if (value.type === 'value') found[name] = value.value;
  }
  const missing = given.missing.filter((name) => !Object.hasOwn(found, name));
  const problems = given.problems.filter(({ name }) => !Object.hasOwn(found, name));
  return { ...given, found, missing, problems };
}

function questionFor(name: string, variable: PlaybookVariable | undefined): string {
  const type = variable?.type === undefined ? '' : ` (${variable.type})`;
  return `${name}${type}${variable?.description === undefined ? '' : `: ${variable.description}`}`;
}
