import { describe, expect, it } from '@jest/globals';

import type {
  PlaybookEntry,
  PlaybookVariable,
} from '../../../../domain/playbooks/playbook-entry.ts';
import { requestVariables } from '../../../../domain/playbooks/request-variables.ts';

function variable(name: string, type?: string, more: Partial<PlaybookVariable> = {}) {
  const declared = { name, source: 'argument_specs' as const, isRequired: false, ...more };
  return type === undefined ? declared : { ...declared, type };
}

const kuma: PlaybookEntry = {
  path: 'kuma-deploy.yml',
  filename: 'kuma-deploy.yml',
  service: 'kuma',
  description: '',
  plays: [],
  hosts: ['all'],
  roles: ['uptime_kuma'],
  tags: [],
  variables: [
    variable('uptime_kuma_port', 'int'),
    variable('kuma_domain', 'str', { isRequired: true }),
    variable('uptime_kuma_data_folder', 'path'),
    variable('uptime_kuma_backup', 'bool'),
    variable('kuma_links', 'list'),
    variable('kuma_labels', 'dict'),
    variable('kuma_ports', 'list', { elements: 'int' }),
    variable('kuma_pages', 'list', { elements: 'dict' }),
    variable('kuma_level', 'str', { choices: ['low', 'high'] }),
    variable('kuma_title', 'str'),
    variable('kuma_factor', 'float'),
  ],
  requiredVars: ['kuma_domain'],
};

const read = (request: string) => requestVariables(request, kuma);

describe('the values in a request', () => {
  it.each([
    ['deploy kuma with port 3001', { uptime_kuma_port: 3001 }],
    ['deploy kuma, port=3001.', { uptime_kuma_port: 3001 }],
    ['Port: 3001 and domain=kuma.lan', { uptime_kuma_port: 3001, kuma_domain: 'kuma.lan' }],
    ['with uptime_kuma_port 3001', { uptime_kuma_port: 3001 }],
    ['its domain is kuma.lan, please', { kuma_domain: 'kuma.lan' }],
    ['under the domain kuma.lan', { kuma_domain: 'kuma.lan' }],
    ['data folder /srv/kuma', { uptime_kuma_data_folder: '/srv/kuma' }],
    ['data-folder=/srv/kuma', { uptime_kuma_data_folder: '/srv/kuma' }],
    ['with backup on', { uptime_kuma_backup: true }],
    ['links=a,b,c', { kuma_links: ['a', 'b', 'c'] }],
    ['links: ["a b", "c"]', { kuma_links: ['a b', 'c'] }],
    ['labels={"a": 1}', { kuma_labels: { a: 1 } }],
    ['ports=1,2', { kuma_ports: [1, 2] }],
    ['pages=[{"name": "x"}]', { kuma_pages: [{ name: 'x' }] }],
    ['title "Our lab"', { kuma_title: 'Our lab' }],
    ["set the title to 'x'", { kuma_title: 'x' }],
    ['level=high', { kuma_level: 'high' }],
    ['factor 1.5', { kuma_factor: 1.5 }],
  ])('of %j are read by the types of the variables', (request, found) => {
    expect(read(request)).toMatchObject({ found, problems: [] });
  });

  it.each([
    'port forwarding is wanted',
    'deploy the title page',
    'support kuma',
    'make a backup of it',
    'the domain controller',
    'see https://example.org/?port=3001',
  ])('are not guessed from %j', (request) => {
    expect(read(request)).toEqual({ found: {}, missing: ['kuma_domain'], problems: [] });
  });

  it.each([
    ['port=abc', 'uptime_kuma_port', 'abc', 'a whole number'],
    ['port 30x1', 'uptime_kuma_port', '30x1', 'a whole number'],
    ['backup=maybe', 'uptime_kuma_backup', 'maybe', 'yes or no'],
    ['labels=[1]', 'kuma_labels', '[1]', 'a mapping as JSON'],
    [
      'ports=1,x',
      'kuma_ports',
      '1,x',
      'a list: JSON, or words with commas between, each of type int',
    ],
    ['pages=a,b', 'kuma_pages', 'a,b', 'a list of mappings as JSON'],
    ['level=middle', 'kuma_level', 'middle', 'one of "low", "high"'],
    ['port 1 or port 2', 'uptime_kuma_port', '1 and 2', 'one value'],
    ['colour=red', 'colour', 'red', 'a variable that kuma-deploy.yml has'],
  ])('that do not fit are told: %j', (request, name, text, constraint) => {
    expect(read(request)).toMatchObject({ found: {}, problems: [{ name, text, constraint }] });
  });

  it('leave a required variable missing when its value does not fit', () => {
    const playbook = { ...kuma, requiredVars: ['uptime_kuma_port', 'kuma_domain'] };

    const { missing } = requestVariables('port=abc domain=kuma.lan', playbook);

    expect(missing).toEqual(['uptime_kuma_port']);
  });

  it.each([
    ['deploy kuma on host h2', 'h2'],
    ['deploy kuma on host h2.', 'h2'],
    ['on the hosts h1, h2 and restart it', 'h1,h2'],
    ['only on web', 'web'],
    ['limit: web:eu', 'web:eu'],
    ['for group monitoring with port 3001', 'monitoring'],
  ])('%j are the hosts it is limited to', (request, limit) => {
    expect(read(request).limit).toBe(limit);
  });

  it('are none of the hosts that it is limited to, and no option gets in as a host', () => {
    const playbook = { ...kuma, variables: [variable('host', 'str')], requiredVars: [] };

    expect(requestVariables('on host h2', playbook)).toEqual({
      found: {},
      limit: 'h2',
      missing: [],
      problems: [],
    });
    expect(read('on host --become').limit).toBeUndefined();
  });

  it('take short names only where one variable can be meant', () => {
    const two = [variable('kuma_port', 'int'), variable('uptime_kuma_port', 'int')];

    const { found } = requestVariables('port 3001', { ...kuma, variables: two });

    expect(found).toEqual({});
  });
});
