import type { CommandShape, OptionShape } from '../command-shape.ts';

/** Options that every command takes; told once at the top of the page. */
const commonOptions = new Set(['--json', '--quiet', '--verbose', '--no-color', '-h, --help']);

/** Writes the page of all commands out of the program itself, as Markdown. */
export function renderReference(program: CommandShape): string {
  const common = program.options.filter(({ name }) => commonOptions.has(name));
  const head = `# Commands

Generated from the program: \`npm run build && node dist/clients/cli/reference/main.js\`. A test keeps it current.

${program.description}

Standard output is data, standard error is talk. With \`--json\` each command prints one JSON document (those that go on, such as watching, one a line) with
\`schemaVersion\`; on an error it is the error envelope.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | the run or the check ended badly; \`doctor\`: warnings |
| 2 | wrong use; \`doctor\`: errors; \`audit verify\`: the chain is broken |
| 3 | not found |
| 4 | waits for a person |
| 5 | not allowed |
| 75 | temporarily unavailable, such as no running instance |
| 124 | time-out |
| 130 | interrupted |

Every command takes:

${optionTable(common)}
`;
  return `${head}${program.commands.map(renderCommand).join('')}`;
}

function renderCommand(command: CommandShape): string {
  const options = command.options.filter(({ name }) => !commonOptions.has(name));
  const usage = command.usage.replaceAll('[options]', '').replaceAll(/\s+/g, ' ').trim();
  const parts = [
    `## ${command.path}`,
    command.description === '' ? '' : `${upperFirst(command.description)}.`,
    command.commands.length > 0
      ? ''
      : `    ${command.path}${options.length > 0 ? ' [options]' : ''} ${usage}`.trimEnd(),
    command.arguments.length === 0 ? '' : optionTable(command.arguments),
    options.length === 0 ? '' : optionTable(options),
    command.examples.map((line) => `    $ ${line}`).join('\n'),
  ].filter((part) => part !== '');
  return `\n${parts.join('\n\n')}\n${command.commands.map(renderCommand).join('')}`;
}

function optionTable(options: readonly OptionShape[]): string {
  const rows = options.map(({ name, description, choices }) => {
    const values = choices.length === 0 ? '' : ` (${choices.join(', ')})`;
    return `| \`${name.replaceAll('|', String.raw`\|`)}\` | ${(description + values).replaceAll('|', String.raw`\|`)} |`;
  });
  return ['| option | what it does |', '|---|---|', ...rows].join('\n');
}

function upperFirst(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
