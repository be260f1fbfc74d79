import {
  checkModel,
  type ModelCheck,
  OpenAiModelGateway,
  resolveModelKey,
} from '../../../activities/model/inspect.ts';
import { priceTable } from '../../../domain/budget/price.ts';
import { priceSeed } from '../../../domain/budget/price-seed.ts';
import { codeMeanings, HoldfastError } from '../../../domain/failures.ts';
import { nearestName } from '../../../domain/settings/nearest-name.ts';
import type { CommandContext } from '../command-context.ts';
import { elapsedText } from '../live/times.ts';
import { costText } from '../live/totals.ts';
import type { Styles } from '../output/styles.ts';
import { renderKeyValues } from '../output/table.ts';
import { singleLine } from '../output/text-width.ts';
import { keySources } from '../secrets/key-sources.ts';
import { configuredModels } from './configured-models.ts';

/** Longest that the small request may take, in milliseconds: a large local model loads first. */
const testTimeoutMs = 120_000;

/** Asks one model to call a tool, and says whether it did. */
export async function testModel(context: CommandContext, name: string): Promise<void> {
  const models = await configuredModels(context);
  const found = models.find(({ entry }) => entry.key === name);
  if (found === undefined) {
    const names = models.map(({ entry }) => entry.key);
    const nearest = nearestName(name, names);
    throw new HoldfastError('not_found', `no model "${name}" is configured`, {
      suggestion:
        nearest === undefined
          ? `configured are: ${names.length === 0 ? 'none' : names.join(', ')}`
          : `did you mean ${nearest}?`,
    });
  }
  const { entry } = found;
  const apiKey = resolveModelKey(entry, await keySources(context, [entry.apiKey]));
  const gateway = new OpenAiModelGateway({ prices: priceTable(priceSeed) });
  context.output.talk(`asking ${entry.model} at ${entry.baseUrl} to call a tool`);
  const check = await checkModel(gateway, {
    entry,
    ...(apiKey === undefined ? {} : { apiKey }),
    timeoutMs: Math.min(testTimeoutMs, entry.timeoutSeconds * 1_000),
  });
  context.output.result(check, (styles) => checkText(check, styles, context.output.width()));
  context.setExitCode(exitCodeOf(check));
}

function exitCodeOf({ state, tools }: ModelCheck): number {
  if (state !== 'ok') return codeMeanings[state].exit;
  return tools === 'yes' ? 0 : 1;
}

function checkText(check: ModelCheck, styles: Styles, width: number): string {
  const { state, tools, reason, firstTokenMs, totalMs, usage, rehearsal } = check;
  const isGood = state === 'ok' && tools === 'yes';
  return renderKeyValues(
    [
      ['model', `${check.key}: ${check.model} at ${check.baseUrl}`],
      [
        'answers',
        { text: state === 'ok' ? 'yes' : state, style: isGood ? styles.good : styles.warn },
      ],
      ['tool calls', { text: tools, style: tools === 'yes' ? styles.good : styles.warn }],
      ['because', singleLine(reason)],
      ...(firstTokenMs === undefined ? [] : [['first token', elapsedText(firstTokenMs)] as const]),
      ...(totalMs === undefined ? [] : [['whole answer', elapsedText(totalMs)] as const]),
      ...(usage === undefined ? [] : [['cost', costText(usage.costMicroUsd)] as const]),
      ...(rehearsal
        ? [['note', 'a rehearsal server answered: no real model was asked'] as const]
        : []),
    ],
    width,
  );
}
