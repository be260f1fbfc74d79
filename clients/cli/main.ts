#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';

import { exitInterrupted } from '../../domain/failures.ts';
import { createContext } from './create-context.ts';
import { runCommandLine } from './run-command-line.ts';

const isRoot = process.getuid?.() === 0;
const listeners = new Set<(signal: NodeJS.Signals) => void>();
let exitCode = 0;

/** The version stands in the package file, two folders up from the source and three from the build. */
function packageVersion(): string {
  const depth = import.meta.url.endsWith('.ts') ? '../../' : '../../../';
  const manifest: unknown = JSON.parse(
    readFileSync(new URL(`${depth}package.json`, import.meta.url), 'utf8'),
  );
  const hasVersion = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
  return hasVersion ? String(manifest.version) : 'unknown';
}

function onSignal(signal: NodeJS.Signals): void {
  if (listeners.size === 0) process.exit(exitInterrupted);
  for (const listener of listeners) listener(signal);
}

// A reader that went away (`holdfast … | head`) is no error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) =>
    process.exit(error.code === 'EPIPE' ? exitCode : 1),
  );
}
process.on('SIGINT', onSignal);
process.on('SIGTERM', onSignal);

const context = createContext({
  facts: {
    version: packageVersion(),
    nodeVersion: process.versions.node,
    environment: process.env,
    workingFolder: process.cwd(),
    userFolder: homedir(),
    platform: process.platform,
    isRoot,
    terminal: {
      stdin: process.stdin.isTTY ?? false,
      stdout: process.stdout.isTTY ?? false,
      stderr: process.stderr.isTTY ?? false,
      // Some pseudo-terminals report 0 columns.
      columns: process.stdout.columns > 0 ? process.stdout.columns : 80,
    },
    sendSignal: (pid, signal) => process.kill(pid, signal),
  },
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: process.stdin,
  writeBytes: (bytes) => void process.stdout.write(bytes),
  nodeProgram: process.execPath,
  setExitCode: (code) => {
    exitCode = code;
  },
  onInterrupt: (listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
});

const failure = await runCommandLine(process.argv.slice(2), context);
exitCode = failure ?? exitCode;
// Written text is out before the process ends; open connections do not hold it.
process.stdout.write('', () => process.exit(exitCode));
