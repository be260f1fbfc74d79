import type { CommandContext } from '../command-context.ts';
import { withClient } from '../with-client.ts';

/** Takes back a grant of a run. */
export async function revokeGrant(
  context: CommandContext,
  run: string,
  grantId: string,
): Promise<void> {
  await withClient(context, async (client) => {
    const left = await client.revokeGrant(run, grantId);
    context.output.result({ run, revoked: grantId, grants: left }, () =>
      left.length === 0
        ? `${grantId} was taken back; no grant is left\n`
        : `${grantId} was taken back; left: ${left.join(', ')}\n`,
    );
  });
}
