import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import type { GateCommand, GateEvent } from '../model/gate.ts';

/** The model server of a benchmark, in a process of its own. */
export interface ModelServer {
  /** Base address for a model entry. */
  readonly url: string;
  readonly pid: number;
  readonly send: (command: GateCommand) => void;
  /** Sends a command and settles with the next event of a type. */
  readonly ask: <Type extends GateEvent['type']>(
    command: GateCommand,
    type: Type,
  ) => Promise<Extract<GateEvent, { type: Type }>>;
  /** Settles with the next event of a type. */
  readonly next: <Type extends GateEvent['type']>(
    type: Type,
  ) => Promise<Extract<GateEvent, { type: Type }>>;
  readonly stop: () => void;
}

/** Longest wait for anything that a run does, in milliseconds. */
const patienceMs = 240_000;

/** Starts the model server. */
export async function startModelServer(): Promise<ModelServer> {
  const program = fileURLToPath(new URL('../model/main.ts', import.meta.url));
  const child = fork(program, {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const waiting = new Set<{ readonly type: string; readonly resolve: (event: never) => void }>();
  child.on('message', (event: GateEvent) => {
    for (const waiter of waiting) {
      if (waiter.type !== event.type) continue;
      waiting.delete(waiter);
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      waiter.resolve(event as never);
    }
  });
  const next: ModelServer['next'] = async (type) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no ${type} in time`)), patienceMs);
      waiting.add({
        type,
        resolve: (event) => {
          clearTimeout(timer);
          resolve(event);
        },
      });
    });
  const send = (command: GateCommand): void => void child.send(command);
  const { url } = await next('listening');
  return {
    url,
    pid: child.pid ?? 0,
    send,
    next,
    ask: async (command, type) => {
      const event = next(type);
      send(command);
      return event;
    },
    stop: () => child.disconnect(),
  };
}
