import { HoldfastError } from '../../domain/failures.ts';
import { modelChainSchema } from '../../domain/models/model-chain-schema.ts';
import { modelEntrySchema, type ModelEntry } from '../../domain/models/model-entry-schema.ts';
import { chainKeys } from '../../domain/models/tiers.ts';
import type { ScopedPolicy } from '../../domain/policy/judge.ts';
import { policyProfileSchema, type PolicyProfile } from '../../domain/policy/profile-schema.ts';
import { gatherScopes } from '../../domain/policy/scopes.ts';
import type { PinnedChain, PinnedDefinitions } from '../../domain/run/pinned-definitions.ts';
import type { RunRequest } from '../../domain/run/run-request.ts';
import {
  builtInSpecialists,
  defaultSpecialist,
  playbookSpecialist,
} from '../../domain/specialists/built-in.ts';
import type { Specialist } from '../../domain/specialists/specialist.ts';
import {
  currentDefinitions,
  type Definition,
  type DefinitionKind,
} from '../../storage/definitions/definitions.ts';
import type { Database } from '../../storage/postgres/database.ts';

/**
 * Gathers everything a run keeps from its start, from rows only: what is configured later touches new runs.
 *
 * @throws {HoldfastError} not_found for a name that is not configured; invalid_argument when no model is.
 */
export async function pinDefinitions(
  db: Database,
  tenant: string,
  { project, request }: { readonly project: string; readonly request: RunRequest },
): Promise<{ readonly definitions: PinnedDefinitions; readonly profile: PolicyProfile }> {
  const all = await currentDefinitions(db, tenant);
  const { profile } = policyOf(find(all, 'policy', request.policy));
  const policies = gatherScopes({ policy: request.policy, project }, ({ name }) => {
    const found = all.find((each) => each.kind === 'policy' && each.name === name);
    return found === undefined ? undefined : policyOf(found);
  });
  const definitions = {
    specialist: specialistOf(request.specialist ?? usualSpecialist(request)),
    chain: request.playbook === undefined ? chainOf(all, request.model) : noModels,
    policies,
    networkAllowed: request.networkAllowed,
    ...(request.playbook === undefined ? {} : { order: request.playbook }),
  };
  return { definitions, profile };
}

/** The chain of a run that carries out an order. */
const noModels: PinnedChain = { entries: [], triggers: [] };

function usualSpecialist({ playbook }: RunRequest): string {
  return playbook === undefined ? defaultSpecialist : playbookSpecialist;
}

function specialistOf(id: string): Specialist {
  const specialist = builtInSpecialists.find((each) => each.id === id);
  if (specialist !== undefined) return specialist;
  const known = builtInSpecialists.map((each) => each.id).join(', ');
  throw new HoldfastError('not_found', `there is no specialist "${id}"; known: ${known}`);
}

function find(all: readonly Definition[], kind: DefinitionKind, name: string): Definition {
  const found = all.find((each) => each.kind === kind && each.name === name);
  if (found !== undefined) return found;
  const known = all.flatMap((each) => (each.kind === kind ? each.name : []));
  throw new HoldfastError(
    'not_found',
    `there is no ${kind} "${name}"; known: ${known.length === 0 ? 'none' : known.join(', ')}`,
  );
}

function policyOf({ body, hash }: Definition): Omit<ScopedPolicy, 'scope'> {
  return { profile: policyProfileSchema.parse(body), policy: hash };
}

function chainOf(all: readonly Definition[], model: string | undefined): PinnedChain {
  if (model !== undefined) return { entries: [entryOf(all, model)], triggers: [] };
  const chain = all.find(({ kind }) => kind === 'chain');
  if (chain === undefined) {
    throw new HoldfastError('invalid_argument', 'no model is configured', {
      suggestion:
        'add one under "models" in holdfast.yaml, or start with OPENAI_BASE_URL and OPENAI_MODEL set; "holdfast demo" works without one',
    });
  }
  const parsed = modelChainSchema.parse(chain.body);
  return {
    entries: chainKeys(parsed).map((key) => entryOf(all, key)),
    triggers: parsed.triggers,
  };
}

function entryOf(all: readonly Definition[], key: string): ModelEntry {
  return modelEntrySchema.parse(find(all, 'model', key).body);
}
