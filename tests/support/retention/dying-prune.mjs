// Prunes, and kills itself at the first step that is not among the given ones. Prints that step.
import { writeSync } from 'node:fs';

import { openDatabase } from '../../../dist/storage/postgres/database.js';
import { prune } from '../../../dist/storage/retention/prune.js';

const [url, passed, nowMs, retention] = process.argv.slice(2);
const db = openDatabase(url);
const known = JSON.parse(passed);
await prune(db, {
  tenant: 'default',
  retention: JSON.parse(retention),
  nowMs: Number(nowMs),
  by: 'tester',
  step: (where) => {
    if (known.includes(where)) return;
    writeSync(1, where);
    process.kill(process.pid, 'SIGKILL');
  },
});
await db.destroy();
