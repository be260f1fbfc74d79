import { describe, expect, it } from '@jest/globals';

import { matchPlaybook } from '../../../../domain/playbooks/match-playbook.ts';
import type { PlaybookEntry } from '../../../../domain/playbooks/playbook-entry.ts';
import { parseHeader, serviceOf } from '../../../../domain/playbooks/playbook-header.ts';

function entry(filename: string, more: Partial<PlaybookEntry> = {}): PlaybookEntry {
  return {
    path: filename,
    filename,
    service: serviceOf(filename),
    description: '',
    plays: [],
    hosts: ['all'],
    roles: [],
    tags: [],
    variables: [],
    requiredVars: [],
    ...more,
  };
}

describe('matching a request', () => {
  it.each([
    ['Deploy Kuma Uptime', 'kuma-deploy.yml'],
    ['please update dbadmin', 'dbadmin-update.yml'],
    ['restart the db', 'db-restart.yml'],
    ['deploy uptime kuma now', 'uptime.yml'],
    ['deploy kuma', 'kuma-deploy.yml'],
    ['remove kuma', 'kuma-remove.yml'],
  ])('%s finds %s', (request, path) => {
    const playbooks = [
      entry('kuma-deploy.yml'),
      entry('kuma-remove.yml'),
      entry('db-restart.yml'),
      entry('dbadmin-update.yml'),
      entry('uptime.yml', { service: 'uptime-kuma' }),
    ];

    const match = matchPlaybook(request, playbooks);

    expect(match).toMatchObject({ method: 'exact', confidence: 1, playbook: { path } });
    expect(match.suggestion).toBeUndefined();
  });

  it('takes nothing when several fit as well, and names them', () => {
    const match = matchPlaybook('kuma', [entry('kuma-deploy.yml'), entry('kuma-remove.yml')]);

    expect(match).toMatchObject({ method: 'none', confidence: 0 });
    expect(match.alternatives.map(({ path }) => path)).toEqual([
      'kuma-deploy.yml',
      'kuma-remove.yml',
    ]);
    expect(match.suggestion).toContain('several playbooks are for kuma');
  });

  it('proposes at most three by the words they share, and a scaffold when there are none', () => {
    const playbooks = ['a', 'b', 'c', 'd'].map((name) =>
      entry(`${name}-x.yml`, {
        description: `message of the day ${name === 'c' ? 'everywhere' : ''}`,
      }),
    );

    const near = matchPlaybook('change the message everywhere', playbooks);
    const far = matchPlaybook('brew coffee', playbooks);

    expect(near.alternatives.map(({ path }) => path)).toEqual(['c-x.yml', 'a-x.yml', 'b-x.yml']);
    expect(near.alternatives[0]?.score).toBeCloseTo(2 / 3, 3);
    expect(far.alternatives).toEqual([]);
    expect(far.suggestion).toContain('scaffold');
  });

  it('takes less than 50 ms over 500 playbooks', () => {
    const playbooks = Array.from({ length: 500 }, (_, index) =>
      entry(`service${index}-deploy.yml`, {
        description: `Deploy number ${index} to every host of the lab`,
      }),
    );
    const began = performance.now();

    const match = matchPlaybook('deploy service499 to the lab', playbooks);

    expect(performance.now() - began).toBeLessThan(50);
    expect(match.playbook?.path).toBe('service499-deploy.yml');
  });
});

describe('the header of a playbook', () => {
  it('is read before the first play only, in both spellings', () => {
    const text = `---
# chiffon:service=Uptime
# holdfast:description=Deploy it
# holdfast:requires=port, token
# something else
- name: Play
# holdfast:rollback=never.yml
`;

    expect(parseHeader(text)).toEqual({
      service: 'uptime',
      description: 'Deploy it',
      requires: ['port', 'token'],
    });
  });
});
