import { listTools } from '../../../activities/tools/inspect.ts';
import type { EffectState } from '../../../domain/effects/effect-record.ts';
import type { EffectDetail, EffectSummary } from '../../effects-client.ts';
import type { CommandContext } from '../command-context.ts';
import { distanceText, elapsedText, millisecondsBetween } from '../live/times.ts';
import type { Styles } from '../output/styles.ts';
import { type Cell, renderKeyValues, renderTable } from '../output/table.ts';
import { safeText, singleLine } from '../output/text-width.ts';
import { answerCommands } from '../people/answer-commands.ts';
import { typedId } from '../people/typed-id.ts';
import { withClient } from '../with-client.ts';

/** Options of `effects list` as commander gives them. */
export interface EffectListOptions {
  readonly run?: string;
  readonly state?: EffectState;
  readonly limit: number;
}

/** Lists effects, newest first. */
export async function listEffects(
  context: CommandContext,
  { run, state, limit }: EffectListOptions,
): Promise<void> {
  const { output } = context;
  const effects = await withClient(context, (client) =>
    client.listEffects({
      limit,
      ...(run === undefined ? {} : { run }),
      ...(state === undefined ? {} : { state }),
    }),
  );
  output.result({ effects }, (styles) =>
    effects.length === 0
      ? 'no effects\n'
      : renderTable(
          { columns, rows: effects.map((effect) => rowOf(effect, styles, Date.now())) },
          output.width(),
        ),
  );
}

const columns = [
  { title: 'effect', shrinksTo: 20, cuts: 'start' },
  { title: 'state' },
  { title: 'tool', leaves: 2 },
  { title: 'when', align: 'right', leaves: 3 },
  { title: 'took', align: 'right', leaves: 1 },
  { title: 'what', shrinksTo: 20 },
] as const;

function rowOf(effect: EffectSummary, styles: Styles, nowMs: number): readonly Cell[] {
  const { createdAt, endedAt } = effect;
  return [
    typedId(effect.callId),
    { text: effect.state, style: stateStyle(effect.state, styles) },
    effect.tool,
    `${distanceText(createdAt, nowMs)} ago`,
    endedAt === null ? '' : elapsedText(millisecondsBetween(createdAt, endedAt)),
    effect.target,
  ];
}

function stateStyle(state: EffectState, styles: Styles): (text: string) => string {
  return {
    intent: styles.accent,
    committed: styles.good,
    failed: styles.bad,
    unknown: styles.warn,
  }[state];
}

/** Shows one effect. */
export async function showEffect(context: CommandContext, typed: string): Promise<void> {
  const { output } = context;
  const effect = await withClient(context, (client) => client.getEffect(typed));
  const contract = Object.fromEntries(contractOf(effect.tool));
  output.result({ ...effect, contract }, (styles) => effectText(effect, styles, output.width()));
}

function effectText(effect: EffectDetail, styles: Styles, width: number): string {
  const settled =
    effect.settledBy === null
      ? []
      : [['settled by', `${effect.settledBy}: ${effect.settledReason ?? ''}`] as const];
  const pairs = renderKeyValues(
    [
      ['effect', effect.callId],
      ['state', { text: effect.state, style: stateStyle(effect.state, styles) }],
      ['tool', effect.tool],
      ['what', effect.target],
      ['number in run', String(effect.effectSeq)],
      ['began', effect.createdAt],
      ['ended', effect.endedAt ?? 'not seen'],
      ['digest', effect.digest],
      ['owner', JSON.stringify(effect.owner)],
      ['before', JSON.stringify(effect.before)],
      ...(effect.undoes === null
        ? contractOf(effect.tool)
        : [['takes back', effect.undoes] as const]),
      ...(effect.undo === null ? [] : [['taken back', effect.undo] as const]),
      ...settled,
    ],
    width,
  );
  const parts = [
    pairs,
    changesText(effect, width),
    block('evidence', effect.evidence),
    block('what the model was told', effect.result),
    effect.state === 'unknown' ? settleHints(effect, styles) : '',
  ];
  return parts.filter((part) => part !== '').join('\n');
}

/** What a playbook changed or could not do, host by host; what it left as it was is counted. */
function changesText({ changes }: EffectDetail, width: number): string {
  if (changes.length === 0) return '';
  const told = changes.filter(({ status }) => status !== 'ok' && status !== 'skipped');
  const rows = told.map(({ host, status, task, play }) => [host, status, task, play]);
  const table = renderTable({ columns: changeColumns, rows }, width);
  const rest = changes.length - told.length;
  return `${table}${rest} results without a change are not shown\n`;
}

const changeColumns = [
  { title: 'host' },
  { title: 'status' },
  { title: 'task', shrinksTo: 20 },
  { title: 'play', leaves: 1 },
] as const;

/** What is promised of effects of the tool. */
function contractOf(tool: string): readonly (readonly [string, string])[] {
  const contract = listTools().find(({ name }) => name === tool)?.effect ?? null;
  if (contract === null) return [];
  const { precondition, probe, undo } = contract;
  return [
    ['precondition', precondition],
    ['probe', probe],
    ['undo', undo],
  ];
}

function block(title: string, text: string | null): string {
  return text === null || text === '' ? '' : `${title}:\n${safeText(text).trimEnd()}\n`;
}

function settleHints({ callId }: EffectDetail, styles: Styles): string {
  const kind = 'effect_unknown' as const;
  const item = { kind, approvalId: callId, callId, runKey: '', rule: kind };
  const commands = answerCommands(item).map((command) =>
    styles.dim(styles.hint(singleLine(command))),
  );
  return `settle it with one of:\n${commands.map((command) => `  ${command}\n`).join('')}`;
}
