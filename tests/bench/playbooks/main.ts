import {
  findPlaybook,
  indexWords,
  type MatchTiers,
} from '../../../activities/playbooks/inspect.ts';
import { matchByMeaning, type Embedding } from '../../../domain/playbooks/match-by-meaning.ts';
import type { PlaybookEntry } from '../../../domain/playbooks/playbook-entry.ts';

/** As many playbooks as a large repository has, and the length of a vector of a small model. */
const count = 500;
const dimensions = 384;
const rounds = 200;

const subjects =
  'portal notes backup greeting package limits certificate firewall mirror cache'.split(' ');
const acts = 'Deploy Configure Update Restart Remove'.split(' ');

function entry(index: number): PlaybookEntry {
  const subject = subjects[index % subjects.length] ?? '';
  const act = acts[Math.floor(index / subjects.length) % acts.length] ?? '';
  const service = `${subject}${index}`;
  const filename = `${service}-${act.toLowerCase()}.yml`;
  return {
    path: filename,
    filename,
    service,
    description: `${act} the ${subject} of site ${index} on every host of the lab`,
    plays: [`${act} ${subject}`, 'Wait until it answers'],
    hosts: ['all'],
    roles: [subject],
    tags: [act.toLowerCase(), subject],
    variables: [],
    requiredVars: [],
  };
}

/** A vector that is always the same for the same number. */
function vector(index: number): Embedding {
  return Array.from({ length: dimensions }, (_, at) => Math.sin(index * 7.13 + at * 1.7));
}

const playbooks = Array.from({ length: count }, (_, index) => entry(index));
const meanings = playbooks.map((_, index) => vector(index));
const began = performance.now();
const index = indexWords(playbooks);
const indexMs = performance.now() - began;

const left: MatchTiers = {
  accepted: async () => undefined,
  byMeaning: async () => ({ leftOut: 'nothing is compared' }),
};
const ways: readonly (readonly [string, string, MatchTiers])[] = [
  ['by name', 'restart notes321 on every host', left],
  ['accepted', 'do it again', { ...left, accepted: async () => 'portal0-deploy.yml' }],
  [
    `by meaning, ${dimensions} numbers each`,
    'what people see when they come in',
    { ...left, byMeaning: async () => matchByMeaning(vector(77), playbooks, meanings) },
  ],
  ['words only, for proposals', 'renew what the lab proves itself with on each host', left],
];

process.stdout.write(`${count} playbooks; index ${indexMs.toFixed(1)} ms\n`);
for (const [name, request, tiers] of ways) {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const start = performance.now();
    // One after the other: a match must not be measured together with others.
    await findPlaybook(request, index, tiers);
    times.push(performance.now() - start);
  }
  times.sort((one, other) => one - other);
  const at = (share: number): string => (times[Math.floor(share * (rounds - 1))] ?? 0).toFixed(2);
  process.stdout.write(`${name}: median ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms\n`);
}
