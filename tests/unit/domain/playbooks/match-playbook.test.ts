import { describe, expect, it } from '@jest/globals';

import { matchByName, normalisedRequest } from '../../../../domain/playbooks/match-playbook.ts';
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

    expect(matchByName(request, playbooks)).toMatchObject({ type: 'one', playbook: { path } });
  });

  it('takes nothing when several fit as well, nor without a name', () => {
    const playbooks = [entry('kuma-deploy.yml'), entry('kuma-remove.yml')];

    expect(matchByName('kuma', playbooks)).toEqual({
      type: 'none',
      why: 'several playbooks are for kuma',
    });
    expect(matchByName('brew coffee', playbooks)).toMatchObject({ type: 'none' });
  });

  it('takes two requests for the same that differ in case, marks and words without a meaning', () => {
    expect(normalisedRequest('Please, change the greeting!')).toBe(
      normalisedRequest('change   Greeting'),
    );
    expect(normalisedRequest('change it on h1')).not.toBe(normalisedRequest('change it on h2'));
  });
});

describe('the header of a playbook', () => {
  it('is read before the first play only, in both spellings', () => {
    const text = `---
# chiffon:service=Uptime
# holdfast:description=Deploy it
# holdfast:requires=port, token
# holdfast:variable=port:int=8080 TCP port
# holdfast:variable=title="Our lab" Shown on top
# holdfast:variable=broken:int=many
# holdfast:variable=1x
# holdfast:vault=secret://lab-vault
# holdfast:vault=prod@secret://prod.vault
# holdfast:vault=never-in-words
# something else
- name: Play
# holdfast:rollback=never.yml
`;

    expect(parseHeader(text)).toEqual({
      service: 'uptime',
      description: 'Deploy it',
      requires: ['port', 'token'],
      variables: [
        {
          name: 'port',
          source: 'comment',
          type: 'int',
          description: 'TCP port',
          default: 8080,
          isRequired: false,
        },
        {
          name: 'title',
          source: 'comment',
          description: 'Shown on top',
          default: 'Our lab',
          isRequired: false,
        },
        { name: 'broken', source: 'comment', type: 'int', isRequired: false },
      ],
      vaults: { default: 'lab-vault', prod: 'prod.vault' },
    });
  });
});
