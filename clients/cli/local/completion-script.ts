import type { CommandShape } from '../command-shape.ts';

/** Shells that completion is made for. */
export type Shell = 'bash' | 'zsh' | 'fish';

/** True for a shell that completion is made for. */
export function isShell(name: string): name is Shell {
  return name === 'bash' || name === 'zsh' || name === 'fish';
}

/** Writes the script that completes commands, options and closed sets of arguments in a shell. */
export function completionScript(shell: Shell, program: CommandShape): string {
  switch (shell) {
    case 'bash':
      return bashScript(program);
    case 'zsh':
      return zshScript(program);
    case 'fish':
      return fishScript(program);
  }
}

/** The words that may follow a command's path. */
function nextWords(command: CommandShape): readonly string[] {
  const choices = command.arguments.flatMap((argument) => argument.choices);
  return [
    ...command.commands.map(({ name }) => name),
    ...choices,
    ...command.options.map(longName),
  ];
}

/** Every command with the words that lead to it, without the program's own name. */
function allCommands(command: CommandShape): readonly CommandShape[] {
  return [command, ...command.commands.flatMap(allCommands)];
}

function longName({ name }: { readonly name: string }): string {
  return /--[a-z][a-z-]*/.exec(name)?.[0] ?? name;
}

function bashScript(program: CommandShape): string {
  const cases = allCommands(program).map(
    (each) => `    '${each.path}') words='${nextWords(each).join(' ')}' ;;`,
  );
  return `# bash completion of holdfast
_holdfast() {
  local path=holdfast words='' word index
  for ((index = 1; index < COMP_CWORD; index++)); do
    word="\${COMP_WORDS[index]}"
    case "$path $word" in
      ${pathPattern(program)}) path="$path $word" ;;
    esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _holdfast holdfast
`;
}

function zshScript(program: CommandShape): string {
  const cases = allCommands(program).map(
    (each) => `    '${each.path}') list=(${nextWords(each).join(' ')}) ;;`,
  );
  return `#compdef holdfast
_holdfast() {
  local place=holdfast word
  local -a list
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$place $word" in
      ${pathPattern(program)}) place="$place $word" ;;
    esac
  done
  case "$place" in
${cases.join('\n')}
  esac
  compadd -- $list
}
if [ "$funcstack[1]" = "_holdfast" ]; then _holdfast; else compdef _holdfast holdfast; fi
`;
}

function fishScript(program: CommandShape): string {
  const lines = allCommands(program).flatMap((each) => {
    const condition = `__holdfast_at ${each.path.split(' ').slice(1).join(' ')}`.trimEnd();
    const commands = each.commands.map((child) =>
      fishLine(condition, `-a ${child.name}`, child.description),
    );
    const choices = each.arguments.flatMap((argument) =>
      argument.choices.map((choice) => fishLine(condition, `-a ${choice}`, argument.description)),
    );
    const options = each.options.map((option) =>
      fishLine(condition, `-l ${longName(option).slice(2)}`, option.description),
    );
    return [...commands, ...choices, ...options];
  });
  const paths = allCommands(program)
    .slice(1)
    .map((each) => `'${each.path}'`);
  return `# fish completion of holdfast
function __holdfast_at
  set -l place holdfast
  for word in (commandline -opc)[2..-1]
    if contains -- "$place $word" ${paths.join(' ')}
      set place "$place $word"
    end
  end
  test "$place" = (string join ' ' holdfast $argv)
end
complete -c holdfast -f
${lines.join('\n')}
`;
}

function fishLine(condition: string, what: string, description: string): string {
  const quoted = description.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`);
  return `complete -c holdfast -n '${condition}' ${what} -d '${quoted}'`;
}

function pathPattern(program: CommandShape): string {
  return allCommands(program)
    .slice(1)
    .map((each) => `'${each.path}'`)
    .join('|');
}
