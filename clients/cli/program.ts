import { Command, Help, type Option } from 'commander';

import { addCommonOptions, commonHeading, flagsOf } from './common-options.ts';
import { registerBudgets } from './spending/budgets.ts';
import { registerCosts } from './spending/costs.ts';
import { registerKillSwitch } from './kill-switch/kill-switch.ts';
import { registerEffects } from './admin/effects.ts';
import { registerAudit } from './audit/audit.ts';
import { registerModels } from './models/models.ts';
import { registerPlaybooks } from './playbooks/playbooks.ts';
import { registerPolicies } from './policies/policies.ts';
import { registerRehearse } from './models/rehearse.ts';
import { registerTools } from './admin/tools.ts';
import type { CommandContext } from './command-context.ts';
import { addExamples, addGroupExamples } from './examples.ts';
import { registerDeadLetters } from './dead-letters/dead-letters.ts';
import { registerLocks } from './locks/locks.ts';
import { registerDemo } from './demo/demo.ts';
import { registerHosts } from './hosts/hosts.ts';
import { registerCompletion } from './local/completion.ts';
import { registerConfig } from './local/config.ts';
import { registerDoctor } from './machine/doctor.ts';
import { registerDown } from './instance/down.ts';
import { registerSetup } from './machine/setup.ts';
import { registerStatus } from './instance/status.ts';
import { registerUp } from './instance/up.ts';
import { registerAnswer, registerApprove, registerReject } from './people/decisions.ts';
import { registerInbox } from './people/inbox.ts';
import { registerPeople } from './identity/people.ts';
import { registerSecrets } from './secrets/secrets.ts';
import { registerErase, registerPrune } from './retention/retention.ts';
import { registerRun } from './run/run.ts';
import { registerRuns } from './runs/runs.ts';
import { refuseUnknownVerb } from './usage-errors.ts';

/** Adds one command, or a group of them, to the program. Imports what the command needs inside its action only. */
type RegisterCommand = (program: Command, context: CommandContext) => void;

/** Every command in the order of the help. */
const commands: readonly RegisterCommand[] = [
  registerDemo,
  registerSetup,
  registerUp,
  registerDown,
  registerStatus,
  registerRun,
  registerRuns,
  registerInbox,
  registerApprove,
  registerReject,
  registerAnswer,
  registerPeople,
  registerEffects,
  registerLocks,
  registerKillSwitch,
  registerDeadLetters,
  registerBudgets,
  registerCosts,
  registerAudit,
  registerPrune,
  registerErase,
  registerModels,
  registerTools,
  registerPolicies,
  registerSecrets,
  registerPlaybooks,
  registerRehearse,
  registerHosts,
  registerDoctor,
  registerConfig,
  registerCompletion,
];

/** Groups as commander does, but options of the command itself come before those that every command takes. */
function ownOptionsFirst<Item extends Command | Option>(
  unsorted: Item[],
  visible: Item[],
  groupOf: (item: Item) => string,
): Map<string, Item[]> {
  const groups = new Help().groupItems(unsorted, visible, groupOf);
  const isCommon = ([title]: readonly [string, Item[]]): boolean => title === commonHeading;
  return new Map([
    ...[...groups].filter((group) => !isCommon(group)),
    ...[...groups].filter(isCommon),
  ]);
}

/** Builds the whole command tree; nothing runs before `parseAsync`. */
export function buildProgram(context: CommandContext): Command {
  const program = new Command('holdfast')
    .description('Durable AI agents that people trust with real code and real infrastructure.')
    .version(context.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(context.output.dataStyles().hint(text)),
      // Complaints are told by our own error report.
      writeErr: () => undefined,
      getOutHelpWidth: () => Math.min(100, context.terminal.columns),
      getErrHelpWidth: () => Math.min(100, context.terminal.columns),
    })
    .configureHelp({ groupItems: ownOptionsFirst })
    .showSuggestionAfterError(false);
  for (const register of commands) register(program, context);
  addCommonOptions(program);
  addExamples(program, ['holdfast setup', 'holdfast up --detach', 'holdfast status']);
  program.hook('preSubcommand', refuseUnknownVerb);
  for (const group of program.commands) {
    if (group.commands.length === 0) continue;
    group.hook('preSubcommand', refuseUnknownVerb);
    addGroupExamples(group);
  }
  program.hook('preAction', (_, action) => context.setFlags(flagsOf(action)));
  return program;
}
