import { insideUser } from './system-files.ts';

/** Variables of coverage tools that go through from the worker: where they write is decided outside. */
const coverageVariables = ['NODE_V8_COVERAGE', 'COVERAGE_FILE', 'COVERAGE_RCFILE'] as const;

/** Tells package managers at once that there is no network, instead of letting them wait for it. */
const offline = { CARGO_NET_OFFLINE: 'true', GOPROXY: 'off', GOTOOLCHAIN: 'local' };

/** Builds the variables every command of a sandbox has. Of the worker's own nothing but coverage goes through. */
export function insideEnvironment(
  worker: Readonly<Record<string, string | undefined>>,
  toolchains: Readonly<Record<string, string>>,
): Record<string, string> {
  const environment: Record<string, string> = {
    HOME: insideUser.home,
    USER: insideUser.name,
    LOGNAME: insideUser.name,
    SHELL: '/bin/sh',
    TMPDIR: '/tmp',
    TERM: 'dumb',
    LANG: 'C.UTF-8',
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
    ...offline,
    ...toolchains,
  };
  for (const name of coverageVariables) {
    const value = worker[name];
    if (value !== undefined) environment[name] = value;
  }
  return environment;
}
