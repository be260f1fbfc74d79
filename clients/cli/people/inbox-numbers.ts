import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { isJsonObject } from '../../../domain/json.ts';

const fileName = 'inbox-numbers.json';

/**
 * Remembers which number stood for what when the inbox was last shown: something riskier that comes meanwhile would
 * otherwise take over number 1. A folder that cannot be written is no reason to fail.
 */
export async function rememberNumbers(home: string, ids: readonly string[]): Promise<void> {
  const text = `${JSON.stringify({ schemaVersion: 1, ids })}\n`;
  await writeFile(join(home, fileName), text, { mode: 0o600 }).catch(() => undefined);
}

/** The ids as they were numbered when the inbox was last shown; undefined when it never was. */
export async function rememberedNumbers(home: string): Promise<readonly string[] | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(join(home, fileName), 'utf8'));
    const ids = isJsonObject(value) ? value['ids'] : undefined;
    if (!Array.isArray(ids)) return undefined;
    return ids.map((id) => String(id));
  } catch {
    return undefined;
  }
}
