import { HoldfastError } from '../failures.ts';

/** One file to write. */
export interface ScaffoldFile {
  /** In the repository, with slashes. */
  readonly path: string;
  readonly text: string;
}

/** What a new service starts with. */
export interface Scaffold {
  readonly service: string;
  readonly files: readonly ScaffoldFile[];
}

/** What may be chosen. */
export interface ScaffoldChoices {
  /** TCP port that the service listens on; default 8080. */
  readonly port?: number;
  /** Host pattern; default `all`. */
  readonly hosts?: string;
  /** Default true. */
  readonly become?: boolean;
}

const longestName = 50;

/**
 * The name of a service as it is written in files: lower case, dashes for spaces and underscores, nothing else than
 * letters a to z, digits and single dashes.
 * @throws {HoldfastError} invalid_argument when nothing is left, or more than 50 characters are.
 */
export function serviceName(words: string): string {
  const name = words
    .toLowerCase()
    .replaceAll(/[\s_]+/g, '-')
    .replaceAll(/[^a-z0-9-]/g, '')
    .replaceAll(/-+/g, '-')
    .replaceAll(/^-|-$/g, '');
  if (name !== '' && name.length <= longestName) return name;
  const why = name === '' ? 'holds no letter or digit' : `is longer than ${longestName} characters`;
  throw new HoldfastError(
    'invalid_argument',
    `the name of a service ${why}: ${words.slice(0, 80)}`,
    {
      suggestion: 'use letters, digits and dashes, such as uptime-kuma',
    },
  );
}

/**
 * A playbook and a role for a new service, as Ansible Galaxy lays them out; both pass the linter's production profile.
 * @throws {HoldfastError} invalid_argument as `serviceName`.
 */
export function scaffoldService(words: string, choices: ScaffoldChoices = {}): Scaffold {
  const service = serviceName(words);
  const { port = 8080, hosts = 'all', become = true } = choices;
  // Names of roles and variables take no dashes, and begin with a letter.
  const role = /^\d/.test(service)
    ? `service_${service.replaceAll('-', '_')}`
    : service.replaceAll('-', '_');
  const folder = `roles/${role}`;
  const facts = { service, role, port, hosts, become };
  return {
    service,
    files: [
      { path: `${service}-deploy.yml`, text: playbookText(facts) },
      { path: `${folder}/tasks/main.yml`, text: tasksText(facts) },
      { path: `${folder}/handlers/main.yml`, text: handlersText(facts) },
      { path: `${folder}/defaults/main.yml`, text: defaultsText(facts) },
      { path: `${folder}/meta/main.yml`, text: metaText(facts) },
      { path: `${folder}/meta/argument_specs.yml`, text: specsText(facts) },
      { path: `${folder}/templates/.gitkeep`, text: '' },
      { path: `${folder}/files/.gitkeep`, text: '' },
      { path: `${service}-test.yml`, text: testText(facts) },
      { path: `README-${service}.md`, text: readmeText(facts) },
    ],
  };
}

interface Facts extends Required<ScaffoldChoices> {
  readonly service: string;
  readonly role: string;
}

function playbookText({ service, role, hosts, become }: Facts): string {
  return `---
# holdfast:service=${service}
# holdfast:description=Deploy ${service}
- name: Deploy ${service}
  hosts: ${JSON.stringify(hosts)}
  become: ${String(become)}
  roles:
    - role: ${role}
`;
}

function testText({ service, role, hosts, become }: Facts): string {
  return `---
# holdfast:service=${service}-test
# holdfast:description=Test that ${service} is deployed; changes nothing
- name: Test ${service}
  hosts: ${JSON.stringify(hosts)}
  become: ${String(become)}
  gather_facts: false
  tasks:
    - name: Read the settings
      ansible.builtin.slurp:
        src: /opt/${service}/settings.conf
      register: ${role}_settings

    - name: Require a port in them
      ansible.builtin.assert:
        that: "'port=' in ${role}_settings.content | b64decode"
        fail_msg: The settings name no port.
`;
}

function tasksText({ service, role }: Facts): string {
  return `---
- name: Make the folder of ${service}
  ansible.builtin.file:
    path: "{{ ${role}_folder }}"
    state: directory
    mode: "0755"

- name: Write the settings of ${service}
  ansible.builtin.copy:
    dest: "{{ ${role}_folder }}/settings.conf"
    content: |
      port={{ ${role}_port }}
    mode: "0644"
  notify: Restart ${service}
`;
}

function handlersText({ service, role }: Facts): string {
  return `---
- name: Restart ${service}
  ansible.builtin.service:
    name: "{{ ${role}_service }}"
    state: restarted
  when: ${role}_service | length > 0
`;
}

function defaultsText({ service, role, port }: Facts): string {
  return `---
${role}_port: ${port}
${role}_folder: /opt/${service}
# Name of the system's service that is restarted after a change; empty until there is one.
${role}_service: ""
`;
}

function metaText({ service, role }: Facts): string {
  return `---
galaxy_info:
  role_name: ${role}
  namespace: local
  author: The people who run ${service}
  description: Deploys ${service}
  license: Apache-2.0
  min_ansible_version: "2.19"
  platforms:
    - name: Debian
      versions:
        - all
  galaxy_tags: []
dependencies: []
`;
}

function specsText({ service, role, port }: Facts): string {
  return `---
argument_specs:
  main:
    short_description: Deploys ${service}
    options:
      ${role}_port:
        description: TCP port that ${service} listens on.
        type: int
        default: ${port}
      ${role}_folder:
        description: Where ${service} lies on the host.
        type: path
        default: /opt/${service}
      ${role}_service:
        description: Name of the system's service that is restarted after a change; empty for none.
        type: str
        default: ""
`;
}

function readmeText({ service, role, port, hosts }: Facts): string {
  return `# ${service}

\`${service}-deploy.yml\` deploys ${service} to \`${hosts}\` with the role \`roles/${role}\`.

| variable         | default          | what it is                                    |
| ---------------- | ---------------- | --------------------------------------------- |
| \`${role}_port\`    | ${port}             | TCP port that it listens on                   |
| \`${role}_folder\`  | \`/opt/${service}\` | where it lies on the host                     |
| \`${role}_service\` | none             | the system's service restarted after a change |

Look first, then apply:

    ansible-playbook --check --diff -i inventory ${service}-deploy.yml
    ansible-playbook --diff -i inventory ${service}-deploy.yml
    ansible-playbook -i inventory ${service}-test.yml
`;
}
