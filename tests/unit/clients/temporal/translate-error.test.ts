import { describe, expect, it } from '@jest/globals';
import {
  ServiceError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import {
  ApplicationFailure,
  CancelledFailure,
  RetryState,
  TerminatedFailure,
} from '@temporalio/common';

import { isNamed, translate } from '../../../../clients/temporal/translate-error.ts';
import { HoldfastError } from '../../../../domain/failures.ts';

const grpcError = Object.assign(new Error('14 UNAVAILABLE'), {
  code: 14,
  details: 'UNAVAILABLE',
  metadata: {},
});
const failed = (cause: Error) =>
  new WorkflowFailedError('failed', cause, RetryState.RETRY_POLICY_NOT_SET);

describe('translate', () => {
  it.each([
    ['a run that is not there', new WorkflowNotFoundError('x', 'w', undefined), 'conflict'],
    ['a terminated run', failed(new TerminatedFailure('x')), 'conflict'],
    ['a cancelled run', failed(new CancelledFailure('x')), 'conflict'],
    [
      'a refusal of ours',
      failed(ApplicationFailure.nonRetryable('no model', 'not_found')),
      'not_found',
    ],
    [
      'a failure type of ours',
      new WorkflowUpdateFailedError(
        'x',
        ApplicationFailure.nonRetryable('late', 'Approval.DigestMismatch'),
      ),
      'digest_mismatch',
    ],
    [
      'an update without an answer',
      new WorkflowUpdateRPCTimeoutOrCancelledError('x'),
      'unavailable',
    ],
    ['a server that is away', new ServiceError('x', { cause: grpcError }), 'unavailable'],
    ['a call that is cut off', grpcError, 'unavailable'],
    [
      'a database that is away',
      Object.assign(new Error('x'), { code: 'ECONNREFUSED' }),
      'unavailable',
    ],
    ['a database that shuts down', Object.assign(new Error('x'), { code: '57P01' }), 'unavailable'],
  ])('knows %s by its error', (_, error, code) => {
    expect(translate('the run', error)).toMatchObject({ code });
  });

  it('keeps what a refusal of ours tells besides its message', () => {
    const details = {
      code: 'invalid_argument',
      suggestion: 'add one',
      fieldErrors: [{ field: 'model', constraint: 'must be there' }],
    };
    const refusal = ApplicationFailure.nonRetryable('no model', 'invalid_argument', details);

    expect(translate('the run', failed(refusal))).toMatchObject({
      message: 'no model',
      suggestion: 'add one',
      fieldErrors: [{ field: 'model', constraint: 'must be there' }],
    });
  });

  it.each([[null], ['text'], [['x']], [{ suggestion: 7, fieldErrors: [7, { field: 'x' }] }]])(
    'takes no notice of details that are none: %j',
    (details) => {
      const refusal = ApplicationFailure.nonRetryable('no', 'not_found', details);

      expect(translate('the run', failed(refusal))).toMatchObject({
        code: 'not_found',
        suggestion: undefined,
        fieldErrors: undefined,
      });
    },
  );

  it('leaves errors of ours and unknown ones as they are', () => {
    const ours = new HoldfastError('conflict', 'x');
    const unknown = new TypeError('x');

    expect(translate('the run', ours)).toBe(ours);
    expect(translate('the run', unknown)).toBe(unknown);
  });
});

describe('isNamed', () => {
  it('knows the error of a workflow id that is taken', () => {
    const error = new WorkflowExecutionAlreadyStartedError('x', 'w', 'runWorkflow');

    expect(isNamed(error, 'WorkflowExecutionAlreadyStartedError')).toBe(true);
    expect(isNamed(new Error('x'), 'WorkflowExecutionAlreadyStartedError')).toBe(false);
    expect(isNamed(null, 'WorkflowNotFoundError')).toBe(false);
  });
});
