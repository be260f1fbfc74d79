import type { JsonObject } from '../json.ts';

/** What a person ordered to be done with a playbook: the run makes these calls and asks no model. */
export interface PlaybookOrder {
  readonly tool: 'preview_playbook' | 'apply_playbook';
  /** Arguments of the tool, checked by its own schema. */
  readonly arguments: JsonObject;
  /** Offers the way back that the playbook declares when its apply failed. */
  readonly rollback?: boolean | undefined;
  /** Says what could be better in the playbook after a success too; after a failure that is always said. */
  readonly lint?: boolean | undefined;
}
