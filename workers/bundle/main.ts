import { chmodSync, copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

import { bundleWorkflowCode } from '@temporalio/worker';

import { copiedFiles } from './copied-files.ts';

const source = new URL('../../../', import.meta.url);
const built = new URL('../../', import.meta.url);

/** Bundling at build time saves every worker two seconds at its start. */
async function bundleWorkflows(): Promise<void> {
  const workflows = fileURLToPath(new URL('workflows/index.js', built));
  if (!existsSync(workflows)) {
    process.stdout.write('workflow bundle: skipped, there is no workflows/index\n');
    return;
  }
  const { code } = await bundleWorkflowCode({
    workflowsPath: workflows,
    // A bundle has its own converter: the worker's is for the other side of the sandbox.
    payloadConverterPath: fileURLToPath(new URL('workflows/payload-converter.js', built)),
    // Without this every cached run holds its own copy of the library: 27 KB of heap instead of 3.5 KB.
    preloadModules: ['@temporalio/workflow'],
    logger: quietLogger,
  });
  writeFileSync(new URL('workflow-bundle.js', built), code);
  process.stdout.write(`workflow bundle: ${Math.round(code.length / 1024)} KB\n`);
}

const ignore = (): void => undefined;
const complain = (message: string): void => {
  process.stderr.write(`${message}\n`);
};
const quietLogger = {
  log: ignore,
  trace: ignore,
  debug: ignore,
  info: ignore,
  warn: complain,
  error: complain,
};

await bundleWorkflows();
for (const file of copiedFiles) {
  const target = fileURLToPath(new URL(file, built));
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(new URL(file, source), target);
}
chmodSync(new URL('clients/cli/main.js', built), 0o755);
