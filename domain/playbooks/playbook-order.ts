import type { JsonObject } from '../json.ts';

/** What a person ordered to be done with a playbook: the run makes these calls and asks no model. */
export interface PlaybookOrder {
  readonly tool: 'preview_playbook' | 'apply_playbook';
  /** Arguments of the tool, checked by its own schema. */
  readonly arguments: JsonObject;
  /** Path of the play that takes a failed apply back, as the playbook declares it. */
  readonly rollback?: string | undefined;
  /** Says what could be better in the playbook after a success too; after a failure that is always said. */
  readonly lint?: boolean | undefined;
}
