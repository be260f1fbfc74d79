import { isJsonObject } from '../../json.ts';
import type { Call } from '../call.ts';
import { absolutePath } from '../place.ts';

/** The scripts of the manifest that counts for a folder. */
export interface ManifestScripts {
  readonly path: string;
  readonly folder: string;
  readonly scripts: ReadonlyMap<string, string>;
  /** Why the manifest is not understood. */
  readonly problem?: string;
}

/** Finds the `package.json` of a folder or of the nearest folder above it; undefined when there is none. */
export function manifestScripts(
  call: Pick<Call, 'readFile'>,
  folder: string,
): ManifestScripts | undefined {
  for (let at = folder; ; at = absolutePath(at, '..')) {
    const path = absolutePath(at, 'package.json');
    const text = call.readFile(path);
    if (text !== undefined) return { path, folder: at, ...readScripts(text) };
    if (at === '/') return undefined;
  }
}

function readScripts(text: string): {
  readonly scripts: ReadonlyMap<string, string>;
  readonly problem?: string;
} {
  const none = new Map<string, string>();
  try {
    const manifest: unknown = JSON.parse(text);
    if (!isJsonObject(manifest)) return { scripts: none, problem: 'its package.json is no object' };
    const { scripts = {} } = manifest;
    if (!isJsonObject(scripts)) return { scripts: none, problem: 'its scripts are no object' };
    return {
      scripts: new Map(Object.entries(scripts).map(([name, value]) => [name, String(value)])),
    };
  } catch {
    return { scripts: none, problem: 'its package.json cannot be read' };
  }
}
