import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  createRehearsalServer,
  type RehearsalServer,
} from '../../../workers/rehearsal/rehearsal-server.ts';
import type { ScriptInput } from '../../../workers/rehearsal/script-schema.ts';
import { startTestInstance, type TestInstance } from './instance.ts';

/** A whole instance, started as a user does, whose only model is a scripted one. */
export interface RunInstance extends TestInstance {
  readonly rehearsal: RehearsalServer;
  /** Runs a command line with `--json`; gives its document. */
  readonly json: (...args: readonly string[]) => Promise<{
    readonly code: number | null;
    readonly document: Record<string, unknown>;
  }>;
}

/** What such an instance may differ in. */
export interface RunInstanceOptions {
  /** Wait between the words of the model, in milliseconds; 0 by default. */
  readonly tokenDelayMs?: number;
  /** Settings, as they would stand in a file. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** Starts `holdfast up` with the scripted model named by environment variables, as most tools of this kind are. */
export async function startRunInstance(
  scripts: readonly ScriptInput[],
  { tokenDelayMs = 0, settings }: RunInstanceOptions = {},
): Promise<RunInstance> {
  const rehearsal = await createRehearsalServer({ scripts: [...scripts], tokenDelayMs });
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-settings-'));
  const file = join(folder, 'holdfast.yaml');
  if (settings !== undefined) writeFileSync(file, JSON.stringify(settings));
  const instance = await startTestInstance({
    ...(settings === undefined ? {} : { HOLDFAST_CONFIG: file }),
    OPENAI_BASE_URL: rehearsal.url,
    OPENAI_MODEL: 'scripted',
    OPENAI_API_KEY: undefined,
  });
  return {
    ...instance,
    rehearsal,
    json: async (...args) => {
      const { code, stdout, stderr } = await instance.cli([...args, '--json']);
      try {
        const parsed: unknown = JSON.parse(stdout);
        if (typeof parsed === 'object' && parsed !== null) return { code, document: { ...parsed } };
      } catch {
        // Told below, with everything that was printed.
      }
      throw new Error(`holdfast ${args.join(' ')} --json printed no document: ${stdout}${stderr}`);
    },
    stop: async () => {
      await instance.stop();
      await rehearsal.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
