import { execFileSync } from 'node:child_process';

import { describe, expect, it } from '@jest/globals';

import { completionScript } from '../../../../clients/cli/local/completion-script.ts';
import { programShape } from '../../../../clients/cli/reference/program-shape.ts';

/** Asks bash what it offers for the last of the words. */
function offered(words: readonly string[]): readonly string[] {
  const script = completionScript('bash', programShape());
  const list = words.map((word) => `'${word}'`).join(' ');
  const ask = `COMP_WORDS=(${list}); COMP_CWORD=${words.length - 1}; _holdfast; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-c', `${script}\n${ask}`], { encoding: 'utf8' })
    .trim()
    .split('\n');
}

describe('completionScript', () => {
  it('completes commands, commands of a group, options and closed sets in bash', () => {
    expect(offered(['holdfast', 'sta'])).toEqual(['status']);
    expect(offered(['holdfast', 'config', 'sh'])).toEqual(['show']);
    expect(offered(['holdfast', 'up', '--det'])).toEqual(['--detach']);
    expect(offered(['holdfast', 'completion', 'f'])).toEqual(['fish']);
  });

  it.each(['zsh', 'fish'] as const)('names every command in %s', (shell) => {
    const script = completionScript(shell, programShape());

    for (const { name } of programShape().commands) expect(script).toContain(name);
  });
});
