import type { ProvisionedPart } from '../../domain/settings/provision-report.ts';
import type { ProvisionContext } from './provision-context.ts';
import { findOnPath, lastLine, runCommand } from './run-command.ts';

/** A program or Python module that the operating system provides. */
interface SystemTool {
  readonly name: string;
  /** Package names by package manager. */
  readonly packages: { readonly apt: string; readonly dnf: string; readonly brew: string };
  readonly program: string;
  /** Python module that must be importable. */
  readonly module?: string;
  /** Only some work needs it: it is left alone unless it is asked for by name. */
  readonly isOptional?: true;
}

/** What the sandbox, the tools and set-up itself need from the operating system. */
const systemTools: readonly SystemTool[] = [
  {
    name: 'bubblewrap',
    program: 'bwrap',
    packages: { apt: 'bubblewrap', dnf: 'bubblewrap', brew: '' },
  },
  { name: 'git', program: 'git', packages: { apt: 'git', dnf: 'git', brew: 'git' } },
  { name: 'ripgrep', program: 'rg', packages: { apt: 'ripgrep', dnf: 'ripgrep', brew: 'ripgrep' } },
  {
    name: 'python3-pip',
    program: 'python3',
    module: 'pip',
    packages: { apt: 'python3-pip', dnf: 'python3-pip', brew: 'python' },
  },
  {
    name: 'python3-venv',
    program: 'python3',
    module: 'ensurepip',
    packages: { apt: 'python3-venv', dnf: 'python3', brew: 'python' },
  },
  {
    name: 'python3-pytest',
    program: 'python3',
    module: 'pytest',
    packages: { apt: 'python3-pytest', dnf: 'python3-pytest', brew: 'pytest' },
    isOptional: true,
  },
];

/** Looks for each tool and says its version; nothing is installed. Sorted as `systemTools`. */
export function findSystemTools(context: ProvisionContext): Promise<readonly ProvisionedPart[]> {
  return Promise.all(wantedTools(context).map((tool) => findTool(context, tool)));
}

function wantedTools({ optionalParts = [] }: ProvisionContext): readonly SystemTool[] {
  return systemTools.filter(
    ({ isOptional, name }) => isOptional !== true || optionalParts.includes(name),
  );
}

/** Finds each tool, or installs what is missing with apt-get where root may; else says the command. */
export async function provisionSystemTools(
  context: ProvisionContext,
): Promise<readonly ProvisionedPart[]> {
  const before = await findSystemTools(context);
  const missing = wantedTools(context).filter(
    (tool, index) => before[index]?.state === 'missing' && !isForOwnPython(context, tool),
  );
  const aptGet = findOnPath('apt-get', context.environment);
  if (missing.length === 0 || !context.isRoot || aptGet === undefined) return before;
  const outcome = await installByApt(
    context,
    aptGet,
    missing.map((tool) => tool.packages.apt),
  );
  const after = await findSystemTools(context);
  return after.map((part, index) => {
    if (before[index]?.state !== 'missing') return part;
    const attempts = [
      { way: 'on the PATH', outcome: 'not there' },
      { way: 'apt-get install', outcome },
    ];
    return part.state === 'missing'
      ? { ...part, attempts }
      : { ...part, state: 'installed', attempts };
  });
}

/** True when the system's package would not help, because PATH names a Python of the user's own. */
function isForOwnPython({ environment }: ProvisionContext, { isOptional, program }: SystemTool) {
  const path = findOnPath(program, environment);
  return isOptional === true && path !== undefined && !/^\/(?:usr\/)?bin\//.test(path);
}

/** The command that installs `tool` on this system, to be read by a person. */
function installCommand(context: ProvisionContext, tool: SystemTool): string {
  if (isForOwnPython(context, tool)) return `${tool.program} -m pip install ${tool.module ?? ''}`;
  const sudo = context.isRoot ? '' : 'sudo ';
  if (context.platform === 'darwin') {
    return tool.packages.brew === ''
      ? `${tool.name} is for Linux only: use a Linux machine or virtual machine`
      : `brew install ${tool.packages.brew}`;
  }
  const hasDnf = findOnPath('dnf', context.environment) !== undefined;
  return hasDnf
    ? `${sudo}dnf install -y ${tool.packages.dnf}`
    : `${sudo}apt-get update && ${sudo}apt-get install -y ${tool.packages.apt}`;
}

async function findTool(context: ProvisionContext, tool: SystemTool): Promise<ProvisionedPart> {
  const { name, program, module } = tool;
  const missing = {
    name,
    state: 'missing',
    attempts: [],
    mend: installCommand(context, tool),
  } as const;
  const path = findOnPath(program, context.environment);
  if (path === undefined) return missing;
  try {
    const fact = module === undefined ? 'version' : `module ${module}`;
    const version = await context.facts.recall(path, fact, () => askVersion(context, path, module));
    return { name, state: 'found', version, where: path, attempts: [] };
  } catch (error) {
    const outcome = error instanceof Error ? error.message : String(error);
    return { ...missing, attempts: [{ way: path, outcome }] };
  }
}

async function askVersion(
  context: ProvisionContext,
  path: string,
  module: string | undefined,
): Promise<string> {
  const script = `import ${module ?? 'sys'} as m; print(getattr(m, '__version__', '') or m.version())`;
  const args = module === undefined ? ['--version'] : ['-c', script];
  const result = await runCommand(path, args, {
    environment: context.environment,
    timeoutMs: 20_000,
  });
  const version = /\d+(\.\d+)+/.exec(result.stdout)?.[0];
  if (result.code !== 0 || version === undefined) throw new Error(lastLine(result.stderr));
  return version;
}

async function installByApt(
  context: ProvisionContext,
  aptGet: string,
  packages: readonly string[],
): Promise<string> {
  context.progress(`installing ${packages.join(', ')} with apt-get`);
  const environment = { ...context.environment, DEBIAN_FRONTEND: 'noninteractive' };
  const options = { environment, timeoutMs: 300_000 };
  const updated = await runCommand(aptGet, ['update', '-q'], options);
  const install = ['install', '-y', '-q', '--no-install-recommends', ...packages];
  const installed = await runCommand(aptGet, install, options);
  if (installed.code === 0) return 'installed';
  const update = updated.code === 0 ? '' : `; apt-get update: ${lastLine(updated.stderr)}`;
  return `${lastLine(installed.stderr)}${update}`;
}
