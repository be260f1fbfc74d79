import { describe, expect, it } from '@jest/globals';

import {
  findPlaybook,
  indexWords,
  type MatchTiers,
} from '../../../../activities/playbooks/inspect.ts';
import type { PlaybookEntry } from '../../../../domain/playbooks/playbook-entry.ts';
import { serviceOf } from '../../../../domain/playbooks/playbook-header.ts';

function entry(filename: string, description = ''): PlaybookEntry {
  return {
    path: filename,
    filename,
    service: serviceOf(filename),
    description,
    plays: [],
    hosts: ['all'],
    roles: [],
    tags: [],
    variables: [],
    requiredVars: [],
  };
}

const never: MatchTiers = {
  accepted: () => Promise.reject(new Error('not asked')),
  byMeaning: () => Promise.reject(new Error('not asked')),
};
const nothing: MatchTiers = {
  accepted: async () => undefined,
  byMeaning: async () => ({ leftOut: 'meanings were not compared: no model' }),
};
const tiers = (path: string): MatchTiers => ({ ...nothing, accepted: async () => path });
const lab = ['a', 'b', 'c', 'd', 'e'].map((name) =>
  entry(`${name}-x.yml`, `message of the day ${name === 'c' ? 'everywhere' : ''}`),
);

describe('finding a playbook', () => {
  it('asks nobody when the request names the service', async () => {
    const match = await findPlaybook(
      'Deploy Kuma Uptime',
      indexWords([entry('kuma-deploy.yml')]),
      never,
    );

    expect(match).toMatchObject({ method: 'exact', confidence: 1, alternatives: [] });
  });

  it('takes what was accepted before, unless that playbook is gone', async () => {
    const kept = await findPlaybook('greet people', indexWords(lab), tiers('b-x.yml'));
    const gone = await findPlaybook('greet people', indexWords(lab), tiers('z-x.yml'));

    expect(kept).toMatchObject({ method: 'cached', playbook: { path: 'b-x.yml' } });
    expect(gone.method).toBe('none');
  });

  it('never decides by words alone: it proposes three, with scores, and says what was left out', async () => {
    const match = await findPlaybook('change the message everywhere', indexWords(lab), nothing);

    expect(match).toMatchObject({ method: 'none', confidence: 0, scoredBy: 'words' });
    expect(match.playbook).toBeUndefined();
    expect(match.alternatives.map(({ path }) => path)).toEqual(['c-x.yml', 'a-x.yml', 'b-x.yml']);
    const [first, second, third] = match.alternatives.map(({ score }) => score);
    expect(first).toBeGreaterThan(second ?? 0);
    expect(third).toBeGreaterThan(0);
    expect(match.suggestion).toContain('meanings were not compared: no model');
  });

  it('proposes a scaffold when no word fits', async () => {
    const match = await findPlaybook('brew coffee', indexWords(lab), nothing);

    expect(match.alternatives).toEqual([]);
    expect(match.suggestion).toContain('scaffold');
  });
});
