/** What decides where the data folder is: handed in, never read from the process. */
export interface HomeEnvironment {
  readonly variables: { readonly [name: string]: string | undefined };
  /** As Node names it: linux, darwin, win32. */
  readonly platform: string;
  /** The user's own folder, absolute. */
  readonly userFolder: string;
  readonly isRoot: boolean;
}

/**
 * Names the data folder: `HOLDFAST_HOME`, else for root the system's folder (root's own is closed to the users that
 * PostgreSQL and the sandbox run as), else what the platform uses for application data. Absolute; a relative
 * `HOLDFAST_HOME` is taken from `workingFolder`.
 */
export function resolveHome(environment: HomeEnvironment, workingFolder: string): string {
  const { variables, platform, userFolder, isRoot } = environment;
  const given = variables['HOLDFAST_HOME'];
  if (given !== undefined && given !== '') return absolute(given, workingFolder, platform);
  if (platform === 'win32') {
    return `${variables['LOCALAPPDATA'] ?? `${userFolder}\\AppData\\Local`}\\holdfast`;
  }
  if (isRoot) return '/var/lib/holdfast';
  if (platform === 'darwin') return `${userFolder}/Library/Application Support/holdfast`;
  const data = variables['XDG_DATA_HOME'];
  // The XDG specification says that a relative path in the variable is to be ignored.
  const base = data?.startsWith('/') ? data : `${userFolder}/.local/share`;
  return `${base}/holdfast`;
}

function absolute(path: string, workingFolder: string, platform: string): string {
  const separator = platform === 'win32' ? '\\' : '/';
  const isAbsolute = path.startsWith('/') || (platform === 'win32' && /^([A-Za-z]:)?\\/.test(path));
  const whole = isAbsolute ? path : `${workingFolder}${separator}${path}`;
  return whole.length > 1 && whole.endsWith(separator) ? whole.slice(0, -1) : whole;
}
