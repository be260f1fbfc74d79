import { type CommandShape, commandShape } from '../command-shape.ts';
import { createContext } from '../create-context.ts';
import { buildProgram } from '../program.ts';

/** The command tree as data, built without a process behind it: nothing can run. */
export function programShape(): CommandShape {
  const nowhere = { write: () => undefined };
  const context = createContext({
    facts: {
      version: '',
      nodeVersion: '',
      environment: {},
      workingFolder: '/',
      userFolder: '/',
      platform: 'linux',
      isRoot: false,
      terminal: { stdin: false, stdout: false, stderr: false, columns: 100 },
      sendSignal: () => undefined,
    },
    stdout: nowhere,
    stderr: nowhere,
    nodeProgram: '',
    setExitCode: () => undefined,
    onInterrupt: () => () => undefined,
  });
  return commandShape(buildProgram(context));
}
