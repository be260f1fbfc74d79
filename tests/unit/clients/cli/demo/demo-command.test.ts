import { readdirSync, readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';

import { demoExamples } from '../../../../../clients/cli/demo/demo-examples.ts';
import { makeProject, scriptOf } from '../../../../../clients/cli/demo/example-project.ts';
import { parseScript } from '../../../../../workers/rehearsal/rehearsal-server.ts';
import { runLine } from '../context.ts';

const examples = [...demoExamples.values()];

describe('holdfast demo', () => {
  it('refuses an example that does not exist', async () => {
    expect((await runLine(['demo', '--yes', '--example', 'cobol'])).code).toBe(2);
  });
});

describe('the examples', () => {
  it.each(examples)('$name has a script that the rehearsal server takes', (example) => {
    const script = JSON.parse(readFileSync(scriptOf(example), 'utf8'));

    expect(() => parseScript(script)).not.toThrow();
  });

  it.each(examples)('$name becomes a committed project without its script', async (example) => {
    const folder = await makeProject(example, process.env);

    expect(readdirSync(folder)).toContain('.git');
    expect(readdirSync(folder)).toContain('README.md');
    expect(readdirSync(folder)).not.toContain('rehearsal.json');
  });
});
