import { connect } from 'node:net';

import type { PartRecord } from '../../../domain/settings/instance-record-schema.ts';
import type { CommandContext } from '../command-context.ts';
import { formatDuration } from '../output/duration.ts';
import type { Finding } from './finding.ts';
import { isProcessAlive, readInstance } from '../instance/home-door.ts';

/** Checks the running instance: each part's process, and whether its servers answer. */
export async function checkInstance(context: CommandContext): Promise<readonly Finding[]> {
  const { home, sendSignal } = context;
  const state = readInstance(home, sendSignal);
  const mend = 'holdfast up';
  if (state.type === 'absent')
    return [{ name: 'instance', level: 'ok', detail: 'not running; start one with: holdfast up' }];
  if (state.type === 'stale') {
    return [{ name: 'instance', level: 'error', detail: 'died without an orderly end', mend }];
  }
  if (state.type === 'corrupt') {
    return [{ name: 'instance', level: 'error', detail: `${state.path}: ${state.reason}`, mend }];
  }
  const { record } = state;
  const servers = [
    ['temporal server', record.temporalAddress],
    ['database server', new URL(record.databaseUrl).host],
  ] as const;
  const answers = servers.map(async ([name, address]): Promise<Finding> => {
    const latencyMs = await measureConnect(address);
    if (latencyMs === undefined)
      return {
        name,
        level: 'error',
        detail: `${address} does not answer`,
        mend: 'holdfast down, then holdfast up',
      };
    return { name, level: 'ok', detail: `${address} answers in ${latencyMs.toFixed(1)} ms` };
  });
  const processes = Object.entries(record.parts).flatMap(([name, part]) =>
    part === undefined ? [] : processFinding(context, name, part),
  );
  return [...(await Promise.all(answers)), ...processes];
}

function processFinding(
  { home, sendSignal }: CommandContext,
  part: string,
  { process: ref, restarts, startedAt }: PartRecord,
): readonly Finding[] {
  if (ref === undefined) return [];
  const name = `process ${part}`;
  if (!isProcessAlive(ref, sendSignal)) {
    return [
      { name, level: 'error', detail: 'is dead and being restarted', mend: 'holdfast status' },
    ];
  }
  if (restarts === 0) return [{ name, level: 'ok', detail: `process ${ref.pid}, never restarted` }];
  const times = restarts === 1 ? 'once' : `${restarts} times`;
  const ago = formatDuration(Math.max(0, Math.round((Date.now() - Date.parse(startedAt)) / 1_000)));
  return [
    {
      name,
      level: 'warning',
      detail: `process ${ref.pid}, restarted ${times}, last ${ago} ago`,
      mend: `nothing, when you or the demo killed it; else see ${home}/logs/${part}.log`,
    },
  ];
}

/** Milliseconds until `host:port` accepts a connection; undefined when it does not within two seconds. */
function measureConnect(address: string): Promise<number | undefined> {
  const { hostname, port } = new URL(`tcp://${address}`);
  const began = performance.now();
  return new Promise((resolve) => {
    const socket = connect({
      host: hostname,
      port: Number(port === '' ? '5432' : port),
      timeout: 2_000,
    });
    const end = (latencyMs?: number): void => {
      socket.destroy();
      resolve(latencyMs);
    };
    socket.once('connect', () => end(performance.now() - began));
    socket.once('error', () => end());
    socket.once('timeout', () => end());
  });
}
