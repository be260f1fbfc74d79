import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { HoldfastError } from '../../../domain/failures.ts';
import { lintReport, type LintReport } from '../../../domain/playbooks/lint-suggestions.ts';
import { allocateUid } from '../../sandbox/allocate-uid.ts';
import { assignWorkspace } from '../../sandbox/assign-workspace.ts';
import { findProgram } from '../../sandbox/launch/find-launcher.ts';
import { defaultSandboxLimits } from '../../sandbox/sandbox-limits.ts';
import { createSandbox } from '../../sandbox/sandbox.ts';
import { parseLintOutput } from './lint-output-schema.ts';

/** What is linted, and with what. */
export interface LintOrder {
  /** The YAML files of the repository, by path. */
  readonly files: ReadonlyMap<string, string>;
  /** Path of the playbook among them. */
  readonly playbook: string;
  /** The environment that set-up made, where PATH has no linter. */
  readonly ansible: string;
  /** Folder for the sandbox's files. */
  readonly stateFolder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly isRoot: boolean;
  /** Milliseconds; default 60,000. */
  readonly limitMs?: number;
}

const usualLimitMs = 60_000;
const systemPath = '/usr/local/bin:/usr/bin:/bin';

/**
 * Checks a playbook against the linter's production profile. The linter loads what the
 * repository tells it to, so it runs closed in, on a copy of the YAML files, without network.
 * @throws {HoldfastError} dependency_missing without the linter; not_found; timeout; execution_error.
 */
export async function lintPlaybook(order: LintOrder): Promise<LintReport> {
  const linter = findLinter(order);
  const { files, playbook } = order;
  if (!files.has(playbook)) {
    throw new HoldfastError('not_found', `there is no ${playbook} in the repository`, {
      suggestion: 'see the playbooks with: holdfast playbooks list',
    });
  }
  const copy = mkdtempSync(join(tmpdir(), 'holdfast-lint-'));
  try {
    chmodSync(copy, 0o755);
    const uid = allocateUid(copy);
    for (const [path, text] of files) {
      mkdirSync(dirname(join(copy, 'repository', path)), { recursive: true });
      writeFileSync(join(copy, 'repository', path), text);
    }
    if (order.isRoot) await assignWorkspace(join(copy, 'repository'), uid);
    return await runLinter(order, { linter, workspace: join(copy, 'repository'), uid });
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function findLinter({ environment, ansible }: LintOrder): string {
  const name = 'ansible-lint';
  const found =
    findProgram(environment['PATH'] ?? '', name) ?? findProgram(join(ansible, 'bin'), name);
  if (found !== undefined) return realpathSync(found);
  throw new HoldfastError('dependency_missing', `${name} is not on this machine`, {
    suggestion: 'get it with: holdfast setup --with ansible',
  });
}

async function runLinter(
  { playbook, stateFolder, environment, limitMs = usualLimitMs }: LintOrder,
  {
    linter,
    workspace,
    uid,
  }: { readonly linter: string; readonly workspace: string; readonly uid: number },
): Promise<LintReport> {
  mkdirSync(stateFolder, { recursive: true, mode: 0o711 });
  // What the linter needs of Ansible lies beside it.
  const path = `${dirname(linter)}:${systemPath}`;
  const sandbox = await createSandbox({ stateFolder, environment: { ...environment, PATH: path } });
  try {
    const { status, exitCode, output, reason } = await sandbox.run({
      argv: [
        linter,
        '--offline',
        '-q',
        '--nocolor',
        '--profile',
        'production',
        '-f',
        'json',
        playbook,
      ],
      workspace,
      workspaceAccess: 'read-write',
      network: 'none',
      uid,
      limits: { ...defaultSandboxLimits, wallMs: limitMs },
    });
    if (status === 'TIMEOUT') {
      throw new HoldfastError('timeout', `the linter took longer than ${limitMs / 1_000} s`);
    }
    const findings = parseLintOutput(output.stdout);
    // Without a finding it ends with 0, or it did not get to look.
    if (findings !== undefined && (findings.length > 0 || exitCode === 0))
      return lintReport(findings);
    const complaint = reason ?? output.stderr.trim().split('\n').at(-1) ?? '';
    const message = `the linter ended with code ${exitCode}: ${complaint.slice(0, 500)}`;
    throw new HoldfastError('execution_error', message);
  } finally {
    sandbox.close();
  }
}
