import { codeMeanings } from '../../../domain/failures.ts';
import type {
  InstanceRecord,
  PartRecord,
} from '../../../domain/settings/instance-record-schema.ts';
import { maskPassword } from '../../../domain/settings/mask-url.ts';
import type { CommandContext } from '../command-context.ts';
import { formatDuration } from '../output/duration.ts';
import type { Styles } from '../output/styles.ts';
import { renderKeyValues, renderTable, type Table } from '../output/table.ts';
import { isProcessAlive, readInstance } from './home-door.ts';
import { tellInstanceNotes } from './instance-notes.ts';

/** One line of the status. */
interface PartStatus {
  readonly name: string;
  readonly state: 'running' | 'restarting' | 'external';
  readonly pid: number | null;
  readonly address: string | null;
  readonly uptimeSeconds: number | null;
  readonly restarts: number;
}

/** Shows the instance of the data folder. Exit code 0 when it runs, 75 when not. */
export function runStatus(context: CommandContext): void {
  const { home, sendSignal, output } = context;
  const state = readInstance(home, sendSignal);
  if (state.type !== 'running') {
    const reasons = {
      absent: 'no instance is running',
      stale: 'the instance has died; its next start cleans up',
      corrupt: 'the instance record is damaged; the next start writes a new one',
    };
    output.result(
      { isRunning: false, home, reason: reasons[state.type] },
      () => `${reasons[state.type]}\n`,
    );
    output.hint('start one with: holdfast up');
    context.setExitCode(codeMeanings.unavailable.exit);
    return;
  }
  const { record } = state;
  const parts = Object.entries(record.parts).flatMap(([name, part]) =>
    part === undefined ? [] : [partStatus(context, record, [name, part])],
  );
  const { startedAt, namespace, taskQueue, temporalUi, version, supervisor } = record;
  const facts = { home, version, pid: supervisor.pid, startedAt, namespace, taskQueue };
  const document = {
    isRunning: true,
    ...facts,
    ...(temporalUi === undefined ? {} : { temporalUi }),
    parts,
  };
  output.result(document, (styles) => {
    const width = output.width();
    return `${factsText(context, record)}\n${renderTable(partsTable(parts, styles), width)}`;
  });
  tellInstanceNotes(context);
}

function factsText({ home, output }: CommandContext, record: InstanceRecord): string {
  const { startedAt, supervisor, version, temporalUi, namespace } = record;
  const uptime = formatDuration(secondsSince(startedAt));
  return renderKeyValues(
    [
      ['data folder', home],
      ['running for', `${uptime} (process ${supervisor.pid}, version ${version})`],
      ...(temporalUi === undefined ? [] : [['Temporal UI', temporalUi] as const]),
      ['namespace', namespace],
    ],
    output.width(),
  );
}

function partsTable(parts: readonly PartStatus[], styles: Styles): Table {
  const rows = parts.map((part) => [
    part.name,
    { text: part.state, style: part.state === 'restarting' ? styles.warn : styles.good },
    part.pid === null ? '' : String(part.pid),
    part.uptimeSeconds === null ? '' : formatDuration(part.uptimeSeconds),
    String(part.restarts),
    shortAddress(part.address),
  ]);
  const columns = [
    { title: 'part' },
    { title: 'state' },
    { title: 'pid', align: 'right' },
    { title: 'up', align: 'right' },
    { title: 'restarts', align: 'right' },
    { title: 'address', shrinksTo: 16 },
  ] as const;
  return { columns, rows };
}

/** Host and port are what people look for; `--json` has the whole. */
function shortAddress(address: string | null): string {
  if (address === null) return '';
  return address.includes('://') && URL.canParse(address) ? new URL(address).host : address;
}

function partStatus(
  { sendSignal }: CommandContext,
  record: InstanceRecord,
  [name, part]: readonly [string, PartRecord],
): PartStatus {
  const addresses = new Map([
    ['temporal', record.temporalAddress],
    ['postgres', maskPassword(record.databaseUrl)],
  ]);
  const { process: ref, restarts, startedAt } = part;
  const common = { name, address: addresses.get(name) ?? null, restarts };
  if (ref === undefined) return { ...common, state: 'external', pid: null, uptimeSeconds: null };
  const isAlive = isProcessAlive(ref, sendSignal);
  return {
    ...common,
    state: isAlive ? 'running' : 'restarting',
    pid: isAlive ? ref.pid : null,
    uptimeSeconds: isAlive ? secondsSince(startedAt) : null,
  };
}

function secondsSince(time: string): number {
  return Math.max(0, Math.round((Date.now() - Date.parse(time)) / 1000));
}
