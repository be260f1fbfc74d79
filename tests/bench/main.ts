import { randomInt } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { measureAll } from './measure-all.ts';
import { fullPlan, quickPlan } from './plan.ts';
import { documentOf } from './report/document.ts';
import { describeMachine } from './report/machine.ts';
import { summaryOf } from './report/results.ts';
import { startRig } from './rig/rig.ts';

const { values } = parseArgs({
  options: {
    /** Less of everything, and no documentation is written. */
    quick: { type: 'boolean', default: false },
    /** Prints the summary as one line of JSON and nothing else. */
    json: { type: 'boolean', default: false },
    seed: { type: 'string' },
    /** Folder for CPU profiles of the product's worker. */
    profile: { type: 'string' },
  },
});

/** What the page says of measurements that have a command of their own: it stays as it is. */
function measuredApart(before: string): string {
  const start = before.indexOf('\n## Measured apart\n');
  return start === -1 ? '' : before.slice(start);
}

const page = fileURLToPath(new URL('../../docs/benchmarks.md', import.meta.url));
const seed = values.seed === undefined ? randomInt(1_000_000) : Number(values.seed);
const began = performance.now();
const [load = 0] = loadavg();
const progress = (text: string): void => {
  const seconds = ((performance.now() - began) / 1_000).toFixed(1);
  if (!values.json) process.stdout.write(`${seconds.padStart(6)} s  ${text}\n`);
};

progress(`seed ${seed}`);
const rig = await startRig();
try {
  const results = await measureAll(rig, {
    plan: values.quick ? quickPlan : fullPlan,
    seed,
    progress,
    nodeOptions:
      values.profile === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', values.profile],
  });
  const document = documentOf(results, await describeMachine(rig, load));
  if (!values.quick) writeFileSync(page, `${document}${measuredApart(readFileSync(page, 'utf8'))}`);
  progress('done');
  process.stdout.write(values.json ? `${JSON.stringify(summaryOf(results))}\n` : `\n${document}`);
} finally {
  await rig.stop();
}
