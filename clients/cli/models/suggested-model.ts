import { stringify } from 'yaml';

import type { BackendReport } from '../../../activities/model/inspect.ts';
import { chooseChatModel } from '../../../domain/models/choose-model.ts';
import type { Backend } from '../../../domain/models/model-entry-schema.ts';

/** A model that an endpoint of this machine serves and nobody has configured. */
export interface SuggestedModel {
  readonly key: string;
  readonly backend: Backend;
  readonly baseUrl: string;
  readonly model: string;
}

/** The model to begin with: of the first endpoint that serves one to chat with. */
export function suggestModel(endpoints: readonly BackendReport[]): SuggestedModel | undefined {
  for (const { backend, baseUrl, models } of endpoints) {
    const chosen = chooseChatModel(models);
    if (chosen !== undefined) return { key: 'local', backend, baseUrl, model: chosen.model };
  }
  return undefined;
}

/** What stands in `holdfast.yaml` to use it. */
export function settingsFor(suggested: SuggestedModel): string {
  return stringify({ models: [suggested], defaultModel: suggested.key });
}

/** What stands in `holdfast.yaml` to let scripted or recorded replies stand in for a model. */
export function rehearsalSettings(baseUrl: string, model: string): string {
  const price = { input: 0, output: 0 };
  return stringify({ models: [{ key: 'scripted', backend: 'generic', baseUrl, model, price }] });
}
