import { HoldfastError } from '../../../domain/failures.ts';
import {
  playbookRequestSchema,
  type PlaybookRequest,
} from '../../../domain/playbooks/playbook-request-schema.ts';

/**
 * A request that Ansible can be given: nothing in it passes for an option, and no variable is missing.
 * @throws {HoldfastError} invalid_argument, with each field that is wrong.
 */
export function checkedRequest({
  request,
  requiredVars,
}: {
  readonly request: PlaybookRequest;
  readonly requiredVars: readonly string[];
}): PlaybookRequest {
  const { data, error } = playbookRequestSchema.safeParse(request);
  if (data === undefined) {
    const fieldErrors = (error?.issues ?? []).map(({ path, message }) => ({
      field: path.join('.'),
      constraint: message,
    }));
    throw new HoldfastError('invalid_argument', 'the playbook cannot be run like that', {
      fieldErrors,
    });
  }
  const missing = requiredVars.filter((name) => data.extraVars?.[name] === undefined);
  if (missing.length === 0) return data;
  throw new HoldfastError(
    'invalid_argument',
    `${data.playbook} needs values for ${missing.join(', ')}`,
    {
      fieldErrors: missing.map((name) => ({ field: `extraVars.${name}`, constraint: 'required' })),
    },
  );
}
