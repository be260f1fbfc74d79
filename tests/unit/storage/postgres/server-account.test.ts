import { describe, expect, it } from '@jest/globals';

import { parsePasswd } from '../../../../storage/postgres/server-account.ts';

const passwd =
  'root:x:0:0:root:/root:/bin/bash\npostgres:x:101:104:,,,:/var/lib/postgresql:/bin/bash\nbroken:x::\n';

describe('parsePasswd', () => {
  it.each([
    ['postgres', { name: 'postgres', uid: 101, gid: 104 }],
    ['nobody', undefined],
    ['root', undefined],
    ['broken', undefined],
  ])('reads %s', (name, account) => {
    expect(parsePasswd(passwd, name)).toEqual(account);
  });
});
