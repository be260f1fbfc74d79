import type { ErasureSubject } from '../../../domain/retention/retention.ts';
import { runKeyOf } from '../../../domain/run/ids.ts';
import type { Erased } from '../../data-client.ts';
import type { CommandContext } from '../command-context.ts';
import { isSure } from '../people/prompts/is-sure.ts';
import { withClient } from '../with-client.ts';
import { wrongUse } from '../wrong-use.ts';

/** Options of `erase` as commander gives them. */
export interface EraseOptions {
  readonly run?: string;
  readonly project?: string;
  readonly person?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** Erases the data of a run, a project or a person, after one question. */
export async function eraseData(context: CommandContext, options: EraseOptions): Promise<void> {
  const { dryRun: isDryRun = false, yes = false } = options;
  const subject = subjectOf(options);
  const message = `Erase the data of the ${subject.kind} ${subject.name}? This cannot be undone.`;
  if (!isDryRun && !yes && !(await isSure(context, message))) {
    context.output.talk('nothing was erased');
    context.setExitCode(1);
    return;
  }
  const erased = await withClient(context, async (client) =>
    client.data.erase({ subject, isDryRun }),
  );
  context.output.result({ isDryRun, erased }, () => textOf(erased, isDryRun));
  if (erased.left.length > 0) context.setExitCode(1);
}

function subjectOf({ run, project, person }: EraseOptions): ErasureSubject {
  const given = [
    ['run', run],
    ['project', project],
    ['person', person],
  ] as const;
  const subjects = given.flatMap(([kind, name]) => (name === undefined ? [] : { kind, name }));
  const [subject, second] = subjects;
  if (subject !== undefined && second !== undefined) {
    throw wrongUse(
      `--${subject.kind} and --${second.kind} exclude each other`,
      'erase one at a time: --run k1, --project shop or --person maria',
    );
  }
  if (subject === undefined || subject.name === '') {
    throw wrongUse('say whose data', 'one of: --run k1, --project shop, --person maria');
  }
  return subject;
}

function textOf({ runs, left, records, rows, inTemporal }: Erased, isDryRun: boolean): string {
  const lines = [
    runs.length === 0
      ? 'no run has data to erase'
      : `${isDryRun ? 'would be erased' : 'erased'}: ${keys(runs)}`,
    ...(records + rows === 0
      ? []
      : [`the name ${isDryRun ? 'would go' : 'went'} out of ${records} audit records`]),
    ...(left.length === 0
      ? []
      : [`not over, so they stay: ${keys(left)}; erase again when they are`]),
    ...(inTemporal.length === 0
      ? []
      : [`Temporal keeps the histories of ${keys(inTemporal)} until its retention ends`]),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function keys(ids: readonly string[]): string {
  return ids.map((id) => runKeyOf(id)).join(', ');
}
