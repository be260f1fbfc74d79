import type { PolicyProfile, PolicyRule } from './profile-schema.ts';

/** Paths whose content is secret: no preset lets a call that names them read or write them. */
export const secretPaths: readonly string[] = ['.env', '**/.env', 'secrets/**', '**/credentials.*'];

/** Programs that reach other machines. */
export const networkCommands: readonly string[] = ['curl', 'wget', 'ssh', 'scp', 'nc', 'ncat'];

/** Commands that only show the repository, with the few options that only change how it looks. */
const gitCommands: readonly string[] = [
  'git status',
  'git status {-s,-sb,-b,-uno,--short,--branch,--porcelain,--porcelain=v1,--porcelain=v2}',
  'git diff',
  'git diff {--stat,--cached,--staged,--name-only,--name-status,--numstat,--shortstat,--check}',
  'git diff [!-]*',
  'git diff {--stat,--cached,--staged,--name-only} [!-]*',
  'git diff -- [!-]*',
  'git log',
  'git log {--oneline,--stat,--graph,--all,--name-only,-[0-9],-[0-9][0-9],-n[0-9],-n[0-9][0-9]}',
  'git log --oneline {-[0-9],-[0-9][0-9],--graph,--all,--stat,-n[0-9],-n[0-9][0-9]}',
  'git log {-n,--oneline -n} [0-9]',
  'git log -n {[0-9],[0-9][0-9]}',
  'git log --oneline -n {[0-9],[0-9][0-9]}',
  'git log [!-]*',
];

/** Test commands as they are, with no variables but those that change nothing, and no options but how much they print. */
const testCommands: readonly string[] = [
  'npm test',
  'npm {run,run-script} {test,lint}',
  'npm {-s,--silent} test',
  'go test',
  'go test ./...',
  'go test {-v,-race,-short} ./...',
  '{python,python3} -m pytest',
  '{python,python3} -m pytest {-q,-v,-vv,-x,-s,tests,test,tests/}',
  'pytest',
  'pytest {-q,-v,-vv,-x,-s,tests,test,tests/}',
  'cargo test',
  'cargo test {-q,--quiet,--all,--workspace,--all-features,--release,--lib}',
  'make test',
  'make lint',
];

function rule(fields: Pick<PolicyRule, 'tool' | 'verdict'> & Partial<PolicyRule>): PolicyRule {
  return { pathAllow: [], pathDeny: [], commandAllow: [], commandDeny: [], ...fields };
}

const secrets = rule({
  name: 'secret-paths',
  tool: '*',
  pathDeny: [...secretPaths],
  verdict: 'deny',
});
/** What leaves the machine waits for a person. */
const sending = rule({
  name: 'sends-out',
  tool: '{git_push,http_request,apply_playbook}',
  verdict: 'ask',
});
const noGates = { requireTestsPass: false, requireLintPass: false, rollbackOnGateFail: false };

function limits(
  maxTurns: number,
  timeoutSeconds: number,
  maxCostMicroUsd: number,
): PolicyProfile['limits'] {
  return { maxTurns, timeoutSeconds, maxCostMicroUsd, stallDetection: true, stallThreshold: 5 };
}

/** Looks and plans; changes nothing. */
export const planReadonly: PolicyProfile = {
  schemaVersion: 1,
  name: 'plan-readonly',
  mode: 'plan',
  rules: [
    secrets,
    ...[
      'edit_file',
      'write_file',
      'shell',
      'git_commit',
      'git_branch',
      'git_push',
      'http_request',
      'scaffold_playbook',
    ].map((tool) => rule({ name: `no-${tool.replace('_', '-')}`, tool, verdict: 'deny' })),
  ],
  limits: limits(30, 300, 1_000_000),
  gates: noGates,
};

/** Edits files and runs the repository's tests; asks for everything else. */
export const headlessSafeSandbox: PolicyProfile = {
  schemaVersion: 1,
  name: 'headless-safe-sandbox',
  mode: 'default',
  rules: [
    secrets,
    rule({ name: 'edits', tool: '{edit_file,write_file,scaffold_playbook}', verdict: 'allow' }),
    rule({ name: 'commits', tool: '{git_commit,git_branch}', verdict: 'allow' }),
    sending,
    rule({ name: 'tests', tool: 'run_tests', verdict: 'allow' }),
    rule({
      name: 'git-and-tests',
      tool: 'shell',
      commandAllow: [...gitCommands, ...testCommands],
      verdict: 'allow',
    }),
  ],
  limits: limits(50, 600, 5_000_000),
  gates: { requireTestsPass: true, requireLintPass: true, rollbackOnGateFail: true },
};

/** Works freely inside of the sandbox with programs that are known; nothing that reaches other machines. */
export const headlessPermissiveSandbox: PolicyProfile = {
  schemaVersion: 1,
  name: 'headless-permissive-sandbox',
  mode: 'acceptEdits',
  rules: [
    rule({ name: 'no-network', tool: 'shell', commandDeny: [...networkCommands], verdict: 'deny' }),
    secrets,
    sending,
  ],
  limits: limits(100, 1_800, 20_000_000),
  gates: { ...noGates, requireTestsPass: true },
};

/** Works on a real tree with all tools and programs that are known; secret paths stay closed as far as calls name them. */
export const trustedMountAutonomous: PolicyProfile = {
  schemaVersion: 1,
  name: 'trusted-mount-autonomous',
  mode: 'acceptEdits',
  rules: [secrets, sending],
  limits: limits(200, 3_600, 50_000_000),
  gates: noGates,
};

/** The policies that come with the product, by name. They can be neither changed nor deleted. */
export const presets: ReadonlyMap<string, PolicyProfile> = new Map(
  [planReadonly, headlessSafeSandbox, headlessPermissiveSandbox, trustedMountAutonomous].map(
    (profile): [string, PolicyProfile] => [profile.name, profile],
  ),
);

/** Name of the preset that counts when nobody chose a policy. */
export const defaultPresetName = 'headless-safe-sandbox';
