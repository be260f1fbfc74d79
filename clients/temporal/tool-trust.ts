import { HoldfastError } from '../../domain/failures.ts';
import { builtInSource, isToolSource, trustOf } from '../../domain/tools/tool-trust.ts';
import { putTrust } from '../../storage/administration.ts';
import { readTrust } from '../../storage/readers.ts';
import type { TrustClient } from '../trust-client.ts';
import type { LocalConnection } from './local-connection.ts';
import { requireRole } from './runs/require-role.ts';
import { translated } from './translate-error.ts';

/** How far a local installation trusts the sources of tools. */
export function localTrust(connection: LocalConnection): TrustClient {
  const { db, tenant } = connection;
  return {
    listTrust: async () =>
      translated('the trust in tools', async () => {
        const rows = await readTrust(db, tenant);
        const own = rows.some(({ source }) => source === builtInSource)
          ? []
          : [
              {
                source: builtInSource,
                level: trustOf(builtInSource, new Map()),
                setBy: null,
                setAt: null,
              },
            ];
        const set = rows.map(({ source, level, by, at }) => ({
          source,
          level,
          setBy: by,
          setAt: at.toISOString(),
        }));
        return [...own, ...set];
      }),
    setTrust: async (source, level) =>
      translated('the trust in tools', async () => {
        if (!isToolSource(source)) {
          throw new HoldfastError(
            'invalid_argument',
            `"${source.slice(0, 80)}" is no source of tools`,
            {
              suggestion: 'write built-in, mcp:NAME or plugin:NAME',
            },
          );
        }
        const by = await requireRole(connection, 'trust');
        const old = await putTrust(db, { tenant, by }, { source, level });
        return { source, old, new: level };
      }),
  };
}
