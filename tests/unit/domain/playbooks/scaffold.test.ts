import { describe, expect, it } from '@jest/globals';

import { lintReport, type LintFinding } from '../../../../domain/playbooks/lint-suggestions.ts';
import { scaffoldService, serviceName } from '../../../../domain/playbooks/scaffold.ts';

function finding(ruleId: string, more: Partial<LintFinding> = {}): LintFinding {
  return { ruleId, message: 'mend it', file: 'a.yml', line: 1, severity: 'error', ...more };
}

describe('the name of a service', () => {
  it.each([
    ['Uptime Kuma_2!', 'uptime-kuma-2'],
    ['  --a__b--  ', 'a-b'],
    ['ÄÖÜ x', 'x'],
    ['a'.repeat(50), 'a'.repeat(50)],
  ])('of %j is %s', (words, name) => {
    expect(serviceName(words)).toBe(name);
  });

  it.each(['!!!', '', '-_-', 'a'.repeat(51)])('is refused for %j', (words) => {
    expect(() => serviceName(words)).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
  });
});

describe('a scaffold', () => {
  it('is a playbook, a test and a role as Galaxy lays it out, with what was chosen', () => {
    const { files } = scaffoldService('Uptime Kuma', {
      port: 3001,
      hosts: 'web:&eu',
      become: false,
    });

    expect(files.map(({ path }) => path)).toEqual([
      'uptime-kuma-deploy.yml',
      'roles/uptime_kuma/tasks/main.yml',
      'roles/uptime_kuma/handlers/main.yml',
      'roles/uptime_kuma/defaults/main.yml',
      'roles/uptime_kuma/meta/main.yml',
      'roles/uptime_kuma/meta/argument_specs.yml',
      'roles/uptime_kuma/templates/.gitkeep',
      'roles/uptime_kuma/files/.gitkeep',
      'uptime-kuma-test.yml',
      'README-uptime-kuma.md',
    ]);
    expect(files[0]?.text).toContain('# holdfast:service=uptime-kuma\n');
    expect(files[0]?.text).toContain('hosts: "web:&eu"\n  become: false\n');
    expect(files[3]?.text).toContain('uptime_kuma_port: 3001\n');
  });
});

describe('suggestions of the linter', () => {
  it.each([
    ['no-changed-when', 'idempotency'],
    ['risky-file-permissions', 'idempotency'],
    ['ignore-errors', 'error_handling'],
    ['fqcn[action-core]', 'error_handling'],
    ['package-latest', 'performance'],
    ['name[casing]', 'best_practices'],
    ['schema[playbook]', 'best_practices'],
    ['role-name', 'standards'],
  ])('for %s are about %s, with a reason', (ruleId, category) => {
    const [suggestion] = lintReport([finding(ruleId)]).suggestions;

    expect(suggestion).toMatchObject({ category, ruleId, status: 'pending' });
    expect(suggestion?.reasoning.length).toBeGreaterThan(40);
  });

  it('are all kept up to 100, and of more the 50 most serious with the total', () => {
    const warnings = Array.from({ length: 100 }, (_, line) =>
      finding('yaml', { line, severity: 'warning' }),
    );
    const errors = Array.from({ length: 40 }, (_, line) => finding('fqcn', { line }));

    const whole = lintReport(warnings);
    const cut = lintReport([...warnings, ...errors]);

    expect([whole.total, whole.suggestions.length]).toEqual([100, 100]);
    expect([cut.total, cut.suggestions.length]).toEqual([140, 50]);
    expect(cut.suggestions.filter(({ severity }) => severity === 'error')).toHaveLength(40);
  });
});
