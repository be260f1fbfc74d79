import type { Settlement } from '../../../domain/agent/activities.ts';
import type { CommandContext } from '../command-context.ts';
import { withClient } from '../with-client.ts';
import { wrongUse } from '../wrong-use.ts';

/** Options of `effects settle` as commander gives them. */
export interface SettleOptions {
  readonly happened?: boolean;
  readonly didNotHappen?: boolean;
  readonly runAgain?: boolean;
  readonly reason: string;
}

/** Records what a person found out about an effect whose end nobody saw. */
export async function settleEffect(
  context: CommandContext,
  effect: string,
  options: SettleOptions,
): Promise<void> {
  const settlement = settlementOf(options);
  if (options.reason.trim() === '') {
    throw wrongUse('the reason is empty', 'say how you know: --reason "I looked at the registry"');
  }
  await withClient(context, async (client) => {
    const { state } = await client.settleEffect({ effect, settlement, reason: options.reason });
    context.output.result({ effect, settlement, state }, () => `${effect} is settled: ${state}\n`);
  });
}

function settlementOf({ happened, didNotHappen, runAgain }: SettleOptions): Settlement {
  const chosen: Settlement[] = [
    ...(happened === true ? (['happened'] as const) : []),
    ...(didNotHappen === true ? (['did-not-happen'] as const) : []),
    ...(runAgain === true ? (['run-again'] as const) : []),
  ];
  const [settlement] = chosen;
  if (settlement !== undefined && chosen.length === 1) return settlement;
  throw wrongUse(
    settlement === undefined ? 'say what became of the effect' : 'only one of them can be true',
    'one of --happened, --did-not-happen, --run-again',
  );
}
