import { stringify } from 'yaml';

import type { CommandContext } from '../command-context.ts';
import { costText } from '../live/totals.ts';
import { formatDuration } from '../output/duration.ts';
import { renderTable } from '../output/table.ts';
import { allProfiles, profileNamed, usualPolicy } from './policy-profiles.ts';

/** Lists the presets and the user's profiles; a file that cannot be read is named with its place. */
export async function listPolicies(context: CommandContext): Promise<void> {
  const { output } = context;
  const { profiles, broken } = await allProfiles(context);
  const usual = usualPolicy(context);
  const policies = profiles.map(({ profile, origin }) => ({
    name: profile.name,
    mode: profile.mode,
    rules: profile.rules.length,
    limits: profile.limits,
    origin,
    isDefault: profile.name === usual,
  }));
  const problems = broken.map(({ file, problem }) => ({ file, message: problem.message }));
  output.result({ policies, problems }, (styles) =>
    renderTable(
      {
        columns: [
          { title: 'policy' },
          { title: 'mode' },
          { title: 'rules', align: 'right', leaves: 1 },
          { title: 'turns', align: 'right' },
          { title: 'time', align: 'right' },
          { title: 'cost', align: 'right' },
          { title: 'origin', shrinksTo: 10, leaves: 2 },
        ],
        rows: policies.map(({ name, mode, rules, limits, origin, isDefault }) => [
          isDefault ? { text: `${name} (default)`, style: styles.bold } : name,
          mode,
          String(rules),
          String(limits.maxTurns),
          formatDuration(limits.timeoutSeconds),
          costText(limits.maxCostMicroUsd),
          origin,
        ]),
      },
      output.width(),
    ),
  );
  for (const { message } of problems) context.stderr.write(`error: ${message}\n`);
  if (problems.length > 0) context.setExitCode(2);
}

/** Prints one profile as the YAML it could be written in. */
export async function showPolicy(context: CommandContext, name: string): Promise<void> {
  const policy = await profileNamed(context, name);
  context.output.result({ policy }, () => stringify(policy));
}
