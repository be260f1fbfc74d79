import { type FieldError, HoldfastError } from '../failures.ts';
import { builtInSpecialists } from '../specialists/built-in.ts';
import type { SettingOrigin } from './layer-settings.ts';
import { nearestName } from './nearest-name.ts';
import type { Settings } from './settings-schema.ts';

/** Names that settings may give. */
export interface KnownNames {
  readonly policies: readonly string[];
  readonly models: readonly string[];
}

/** A name that a setting gives of something else. */
interface Reference {
  /** Path of the setting, with dots. */
  readonly field: string;
  readonly kind: 'policy' | 'model' | 'specialist';
  readonly name: string | undefined;
  readonly known: readonly string[];
}

/**
 * Checks that every name that one setting gives of another thing is there.
 *
 * @throws {HoldfastError} invalid_argument naming each that is not, and where it comes from.
 */
export function assertReferences(
  settings: Settings,
  origins: { readonly [path: string]: SettingOrigin },
  known: KnownNames,
): void {
  const wrong = referencesOf(settings, known).filter(
    ({ name, known: names }) => name !== undefined && !names.includes(name),
  );
  const [first] = wrong;
  if (first === undefined) return;
  const lines = wrong.map(
    (reference) => `${sourceOf(reference.field, origins)}: ${wordsOf(reference)}`,
  );
  const message =
    lines.length === 1
      ? (lines[0] ?? '')
      : [`the settings have ${lines.length} mistakes`, ...lines].join('\n  ');
  throw new HoldfastError('invalid_argument', message, {
    suggestion: suggestionFor(first),
    fieldErrors: wrong.map(({ field, kind }): FieldError => ({
      field,
      constraint: `must name a ${kind} that is there`,
    })),
  });
}

function referencesOf(settings: Settings, known: KnownNames): readonly Reference[] {
  const { policy, defaultModel, modelChain, budgets } = settings;
  const model = (field: string, name: string | undefined): Reference => ({
    field,
    kind: 'model',
    name,
    known: known.models,
  });
  const specialists = builtInSpecialists.map(({ id }) => id);
  return [
    { field: 'policy', kind: 'policy', name: policy, known: known.policies },
    model('defaultModel', defaultModel),
    model('modelChain.primary', modelChain?.primary),
    model('modelChain.secondary', modelChain?.secondary),
    model('modelChain.last', modelChain?.last),
    ...budgets.flatMap(({ scope, of }, index): readonly Reference[] =>
      scope === 'specialist'
        ? [{ field: `budgets.${index}.of`, kind: 'specialist', name: of, known: specialists }]
        : [],
    ),
  ];
}

function wordsOf({ field, kind, name }: Reference): string {
  return `${field}: there is no ${kind} "${name ?? ''}"`;
}

function suggestionFor({ name = '', kind, known }: Reference): string {
  const nearest = nearestName(name, known);
  if (nearest !== undefined) return `did you mean ${nearest}?`;
  return known.length === 0 ? `no ${kind} is configured` : `there are: ${known.join(', ')}`;
}

/** Lists have one origin as a whole. */
function sourceOf(field: string, origins: { readonly [path: string]: SettingOrigin }): string {
  const parts = field.split('.');
  const paths = parts.map((_, index) => parts.slice(0, parts.length - index).join('.'));
  const found = paths.flatMap((path) => origins[path]?.name ?? [])[0];
  return found ?? 'settings';
}
