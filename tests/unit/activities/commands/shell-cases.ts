import { evaluatePolicy } from '../../../../activities/commands/inspect.ts';
import type { PolicyEvaluation } from '../../../../activities/commands/inspect.ts';
import type { PolicyProfile } from '../../../../domain/policy/profile-schema.ts';

/** Evaluates a shell text under a profile, with files of a made-up workspace. */
export async function evaluateShell(
  command: string,
  profile: PolicyProfile,
  files: { readonly [path: string]: string } = {},
): Promise<PolicyEvaluation> {
  const known = new Map(Object.entries(files).map(([path, text]) => [`/workspace/${path}`, text]));
  return await evaluatePolicy(
    { tool: 'shell', arguments: { command } },
    { profiles: profile, readManifest: (path) => known.get(path) },
  );
}

/** A manifest with these scripts. */
export function manifest(scripts: { readonly [name: string]: string }): string {
  return JSON.stringify({ scripts });
}
