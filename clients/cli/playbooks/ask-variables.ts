import type { Json } from '../../../domain/json.ts';
import type { PlaybookEntry } from '../../../domain/playbooks/playbook-entry.ts';
import type { RequestVariables } from '../../../domain/playbooks/request-variables.ts';
import { readValue } from '../../../domain/playbooks/variable-value.ts';
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
    const variable = variables.find((each) => each.name === name) ?? {};
    const { description, type } = { description: undefined, type: undefined, ...variable };
    const text = await prompter.text({
      message: [
        name,
        type === undefined ? '' : ` (${type})`,
        description && `: ${description}`,
      ].join(''),
      isRequired: true,
      check: (typed) => {
        const read = readValue(typed, variable);
        return read.type === 'unfit' ? `has to be ${read.constraint}` : undefined;
      },
    });
    if (text === undefined) break;
    const read = readValue(text, variable);
    if (read.type === 'value') found[name] = read.value;
  }
  const missing = given.missing.filter((name) => !Object.hasOwn(found, name));
  const problems = given.problems.filter(({ name }) => !Object.hasOwn(found, name));
  return { ...given, found, missing, problems };
}
