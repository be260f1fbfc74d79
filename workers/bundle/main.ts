import { chmodSync, copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

import { bundleWorkflowCode } from '@temporalio/worker';

import { bundlePrograms } from './bundle-programs.ts';
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
  // A bundle has its own converter: the worker's is for the other side of the sandbox.
  const payloadConverterPath = fileURLToPath(new URL('workflows/payload-converter.js', built));
  const { code } = await bundleWorkflowCode({
    workflowsPath: workflows,
    payloadConverterPath,
    // Without this every cached run holds its own copy of library, workflows and converter: 130 KB of heap instead of 80.
    // Their modules hold constants only; what belongs to a run is made by the workflow function.
    preloadModules: ['@temporalio/workflow', workflows, payloadConverterPath],
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

await Promise.all([bundleWorkflows(), bundlePrograms(fileURLToPath(built))]);
for (const file of copiedFiles) {
  const target = fileURLToPath(new URL(file, built));
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(new URL(file, source), target);
}
chmodSync(new URL('programs/holdfast.js', built), 0o755);
