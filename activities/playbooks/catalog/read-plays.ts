import { isJsonObject } from '../../../domain/json.ts';

type Mapping = { readonly [key: string]: unknown };

/** A role that a playbook uses, with the variables it is given there. */
export interface UsedRole {
  readonly name: string;
  /** The task file, such as `main`. */
  readonly entryPoint: string;
  readonly given: Mapping;
}

/** A question that a play asks before it runs. */
export interface Prompt {
  readonly name: string;
  readonly text?: string;
  readonly default?: unknown;
}

/** What a playbook's file says about its plays. */
export interface Plays {
  readonly names: readonly string[];
  readonly hosts: readonly string[];
  readonly tags: readonly string[];
  readonly vars: Mapping;
  readonly varsFiles: readonly string[];
  readonly prompts: readonly Prompt[];
  readonly roles: readonly UsedRole[];
}

const taskLists = ['pre_tasks', 'tasks', 'post_tasks', 'handlers', 'block', 'rescue', 'always'];
const roleActions = ['include_role', 'import_role'].flatMap((name) => [
  name,
  `ansible.builtin.${name}`,
  `ansible.legacy.${name}`,
]);
/** Keys of an entry of `roles` that are no variables of the role. */
const roleKeys = new Set([
  'role',
  'name',
  'vars',
  'tags',
  'when',
  'become',
  'become_user',
  'delegate_to',
]);

/** Reads the plays of a file; undefined when it is something else, such as variables or a list of tasks. */
export function readPlays(value: unknown): Plays | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const plays = value.filter(isJsonObject);
  if (plays.length !== value.length || !plays.every(isPlay)) return undefined;
  const tasks = plays.flatMap(tasksOf);
  return {
    names: plays.flatMap(({ name }) => (typeof name === 'string' ? name : [])),
    hosts: unique(plays.flatMap(({ hosts }) => textsOf(hosts))),
    tags: unique([...plays, ...tasks].flatMap(({ tags }) => textsOf(tags))).toSorted(),
    vars: Object.assign({}, ...plays.map(({ vars }) => mappingOf(vars))),
    varsFiles: plays.flatMap((play) => textsOf(play['vars_files'])),
    prompts: plays.flatMap((play) => listOf(play['vars_prompt']).flatMap(promptOf)),
    roles: [
      ...plays.flatMap(({ roles }) => listOf(roles).flatMap(roleOf)),
      ...tasks.flatMap(includedRole),
    ],
  };
}

function isPlay(play: Mapping): boolean {
  return 'hosts' in play || 'import_playbook' in play || 'ansible.builtin.import_playbook' in play;
}

function tasksOf(parent: Mapping): readonly Mapping[] {
  const tasks = taskLists.flatMap((key) => listOf(parent[key])).filter(isJsonObject);
  return tasks.flatMap((task) => [task, ...tasksOf(task)]);
}

function promptOf(prompt: unknown): Prompt | readonly [] {
  if (!isJsonObject(prompt) || typeof prompt['name'] !== 'string') return [];
  const { name, prompt: text, default: usual } = prompt;
  return {
    name,
    ...(typeof text === 'string' ? { text } : {}),
    ...(usual === undefined ? {} : { default: usual }),
  };
}

function roleOf(role: unknown): UsedRole | readonly [] {
  if (typeof role === 'string') return { name: role, entryPoint: 'main', given: {} };
  if (!isJsonObject(role)) return [];
  const name = role['role'] ?? role['name'];
  if (typeof name !== 'string') return [];
  const given = Object.entries(role).filter(([key]) => !roleKeys.has(key));
  return {
    name,
    entryPoint: 'main',
    given: { ...Object.fromEntries(given), ...mappingOf(role['vars']) },
  };
}

function includedRole(task: Mapping): UsedRole | readonly [] {
  const action = roleActions.map((key) => task[key]).find(isJsonObject);
  if (action === undefined || typeof action['name'] !== 'string') return [];
  const from = action['tasks_from'];
  const entryPoint = typeof from === 'string' ? from.replace(/\.ya?ml$/, '') : 'main';
  return { name: action['name'], entryPoint, given: mappingOf(task['vars']) };
}

/** A list of texts, or one text with commas between. */
function textsOf(value: unknown): readonly string[] {
  const texts = typeof value === 'string' ? value.split(',') : listOf(value);
  return texts.filter((text) => typeof text === 'string').map((text) => text.trim());
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function mappingOf(value: unknown): Mapping {
  return isJsonObject(value) ? value : {};
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
