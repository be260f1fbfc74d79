import { join } from 'node:path';

import type { HoldfastClient } from '../../../clients/holdfast-client.ts';
import { openLocalClient } from '../../../clients/temporal/local-client.ts';
import { openIdentity, type Identity } from '../../../storage/administration.ts';
import type { RunHarness } from './run-harness.ts';

/** A registered person with a key and a client of their own. */
export interface Member {
  readonly key: Identity;
  readonly client: HoldfastClient;
}

/** Registers a person with these roles. The harness's own `tester` is the admin. */
export async function member(
  harness: RunHarness,
  name: string,
  roles: readonly string[],
): Promise<Member> {
  const key = openIdentity(join(harness.home, `${name}.pem`));
  await harness.client.whoAmI();
  await harness.client.putPerson({ name, roles, publicKey: key.publicKey });
  const client = await openLocalClient({
    temporalAddress: harness.temporalAddress,
    namespace: 'default',
    taskQueue: 'holdfast',
    databaseUrl: harness.databaseUrl,
    tenant: 'default',
    home: harness.home,
    user: name,
    identity: key,
  });
  return { key, client };
}
