import { HoldfastError } from '../../../domain/failures.ts';
import type { Settings } from '../../../domain/settings/settings-schema.ts';
import type { DefinitionSummary } from '../../holdfast-client.ts';

/** Key under which the scripted replies are known as a model. */
export const rehearsalKey = 'rehearsal';

/** What answers the agent. */
export type DemoModel =
  | { readonly type: 'rehearsal'; readonly isAskedFor: boolean }
  /** Without a key: the configured chain. */
  | { readonly type: 'configured'; readonly key: string | undefined; readonly label: string };

/** What is configured: in the settings, and as definitions of the running instance. */
export interface ConfiguredModels {
  readonly settings: Pick<Settings, 'models' | 'defaultModel' | 'modelChain'>;
  readonly definitions: readonly Pick<DefinitionSummary, 'name'>[];
}

/**
 * Chooses what answers: the model that was asked for, else the configured one, else the scripted replies.
 *
 * @throws {HoldfastError} not_found for a model that the instance does not know.
 */
export function chooseDemoModel(
  wanted: string | undefined,
  { settings, definitions }: ConfiguredModels,
): DemoModel {
  if (wanted === rehearsalKey) return { type: 'rehearsal', isAskedFor: true };
  const known = definitions.map(({ name }) => name).filter((name) => name !== rehearsalKey);
  if (wanted !== undefined) {
    if (known.includes(wanted)) return { type: 'configured', key: wanted, label: wanted };
    throw new HoldfastError(
      'not_found',
      `there is no model "${wanted}"; known: ${[...known, rehearsalKey].join(', ')}`,
      { suggestion: 'add it under "models" in holdfast.yaml, see docs/guides/models.md' },
    );
  }
  const usual = settings.modelChain?.primary ?? settings.defaultModel ?? settings.models[0]?.key;
  if (usual !== undefined && known.includes(usual)) {
    return { type: 'configured', key: undefined, label: usual };
  }
  const [other] = known;
  return other === undefined
    ? { type: 'rehearsal', isAskedFor: false }
    : { type: 'configured', key: other, label: other };
}
