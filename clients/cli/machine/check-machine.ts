import { statfsSync } from 'node:fs';
import { arch, availableParallelism, freemem, release, totalmem } from 'node:os';

import type { ProvisionReport } from '../../../domain/settings/provision-report.ts';
import type { CommandContext } from '../command-context.ts';
import type { Finding } from './finding.ts';

const gigabyte = 1024 ** 3;
/** Below that a run's workspace and the databases may not fit. */
const scarceDiskBytes = 2 * gigabyte;
const noDiskBytes = 200 * 1024 ** 2;
/** Temporal, PostgreSQL, a worker and one command at its default limit. */
const scarceMemoryBytes = 3 * gigabyte;

/** Checks processor, memory and the disk of the data folder. */
export function checkHardware(context: CommandContext): readonly Finding[] {
  const memory = totalmem();
  const detail = `${availableParallelism()} processors (${arch()}), ${inGigabytes(memory)} memory, ${inGigabytes(freemem())} free, ${context.platform} ${release()}`;
  const hardware: Finding =
    memory < scarceMemoryBytes
      ? {
          name: 'hardware',
          level: 'warning',
          detail,
          mend: 'use a machine with at least 4 GB of memory',
        }
      : { name: 'hardware', level: 'ok', detail };
  return [hardware, checkDisk(context.home)];
}

/** Turns what set-up sees into findings: a missing part is an error, unless only some work needs it. */
export function checkParts(report: ProvisionReport): readonly Finding[] {
  return report.parts.map(({ name, state, version, where, attempts, mend, isOptional }) => {
    if (state !== 'missing') {
      return { name, level: 'ok', detail: [version, where].filter(Boolean).join(' at ') } as const;
    }
    if (isOptional === true) {
      const detail = `not there, and only playbooks need it; get it with: ${mend ?? 'holdfast setup'}`;
      return { name, level: 'ok', detail } as const;
    }
    const tried = attempts.map(({ way, outcome }) => `${way}: ${outcome}`).join('; ');
    const detail = tried === '' ? 'missing' : `missing (${tried})`;
    return { name, level: 'error', detail, mend: mend ?? 'holdfast setup' } as const;
  });
}

function checkDisk(home: string): Finding {
  const { bavail, bsize } = statfsSync(home);
  const free = bavail * bsize;
  const detail = `${inGigabytes(free)} free for ${home}`;
  if (free >= scarceDiskBytes) return { name: 'disk', level: 'ok', detail };
  const level = free < noDiskBytes ? 'error' : 'warning';
  return { name: 'disk', level, detail, mend: `free space, or set HOLDFAST_HOME to another disk` };
}

function inGigabytes(bytes: number): string {
  return `${(bytes / gigabyte).toFixed(1)} GB`;
}
