import { describe, expect, it } from '@jest/globals';

import { createStyles } from '../../../../../../clients/cli/output/styles.ts';
import { approvalCard } from '../../../../../../clients/cli/people/prompts/approval-card.ts';
import { suggestedPattern } from '../../../../../../clients/cli/people/prompts/suggested-pattern.ts';
import type { ApprovalDetail } from '../../../../../../clients/inbox-client.ts';
import { approvalDetail } from '../../run/fake-client.ts';

const layout = {
  styles: createStyles(false),
  width: 80,
  nowMs: Date.parse('2026-01-01T00:03:05.000Z'),
};
const card = (overrides: Partial<ApprovalDetail>) =>
  approvalCard(approvalDetail(overrides), layout).join('\n');

describe('approvalCard', () => {
  it('shows what exactly would run, why policy asked, for whom, until when', () => {
    expect(card({})).toBe(
      [
        'approval needed: shell  [change]',
        '  npm install',
        '  why:',
        '    run: npm install: ask by mode/default',
        '  run:       k1  mend the sum',
        '  asked by:  ada',
        '  waits:     3m 5s',
        '  expires:   in 23h 56m',
        '  id:        k1/main/t2/c1/a1',
      ].join('\n'),
    );
  });

  it('shows the commands of a text that are not the text itself, behind an empty line', () => {
    const detail = 'cd a && npm ci\n\nruns:\n  cd a\n  npm ci';

    expect(card({ detail }).split('\n').slice(1, 6)).toEqual([
      '  cd a && npm ci',
      '',
      '  runs:',
      '    cd a',
      '    npm ci',
    ]);
  });

  it('shows the whole of a long diff', () => {
    const lines = Array.from({ length: 300 }, (_, index) => `+line ${index}`);
    const detail = ['--- a/x', '+++ b/x', '@@ -0,0 +1,300 @@', ...lines].join('\n');

    expect(card({ detail, tool: 'write_file' })).toContain('  +line 299\n');
  });

  it('shows what is not as it was when the call was asked for before', () => {
    expect(card({ differences: ['paths: write a.txt → write b.txt'] })).toContain(
      '  not as it was asked before:\n    paths: write a.txt → write b.txt\n',
    );
  });

  it('breaks reasons and titles between words on a narrow terminal', () => {
    const approval = approvalDetail({
      why: ['run: ask, not resolved: node -e can run code that is not looked into'],
      runTitle: 'make the failing test pass and say what was wrong',
    });

    const lines = approvalCard(approval, { ...layout, width: 48 });

    expect(lines.filter((line) => line.length > 48)).toEqual([]);
    expect(lines).toContain('  run:       k1  make the failing test pass and');
    expect(lines).toContain('             say what was wrong');
  });

  it('obeys no control characters', () => {
    const text = card({ detail: 'rm -rf /\u001B[2K\rnpm test\u202E' });

    expect(text).not.toMatch(/[^\P{Cc}\n]|\u202E/u);
    expect(text).toContain('rm -rf /');
  });
});

describe('suggestedPattern', () => {
  it.each([
    [{ commands: ['npm run lint'] }, 'npm run *'],
    [{ commands: ['make all'] }, 'make all'],
    [{ commands: ['npm run x   (in timeout)'] }, 'npm run *'],
    [{ commands: [], paths: ['write src/a/b.ts'] }, 'src/a/**'],
    [{ commands: [], paths: ['write README.md'] }, 'README.md'],
    [{ commands: [], paths: [], hosts: ['example.com'] }, 'example.com'],
  ])('covers %j by %s', (overrides, expected) => {
    expect(suggestedPattern(approvalDetail(overrides))).toBe(expected);
  });
});
