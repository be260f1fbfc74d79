import { describe, expect, it, jest } from '@jest/globals';

import { redactedArguments } from '../../../../activities/effects/ledger/letter-of-result.ts';
import { withRetries } from '../../../../activities/effects/perform/with-retries.ts';
import {
  CallEnded,
  ShuttingDown,
  ToolError,
  TransientToolError,
  type ToolResult,
} from '../../../../activities/tools/tool.ts';

const well: ToolResult = { status: 'ok', text: 'well', progress: false };
const passing = new TransientToolError('execution_error', 'not now');
const patient = { signal: new AbortController().signal, timeoutMs: 60_000 };

function work(...results: readonly (ToolResult | Error)[]) {
  const left = [...results];
  return jest.fn(async () => {
    const next = left.shift() ?? well;
    if (next instanceof Error) throw next;
    return Promise.resolve(next);
  });
}

describe('withRetries', () => {
  it('gives back what the first try gives', async () => {
    const perform = work(well);

    expect(await withRetries(patient, perform)).toEqual(well);
    expect(perform).toHaveBeenCalledTimes(1);
  });

  it('never tries again what is no passing fault', async () => {
    const perform = work(new ToolError('not_found', 'no'), well);

    await expect(withRetries(patient, perform)).rejects.toMatchObject({ code: 'not_found' });
    expect(perform).toHaveBeenCalledTimes(1);
  });

  it('does not begin a try that could not end in time', async () => {
    const perform = work(passing, well);

    const result = await withRetries({ ...patient, timeoutMs: 1_000 }, perform);

    expect(result).toMatchObject({ status: 'error', text: 'not now', retries: 0 });
    expect(perform).toHaveBeenCalledTimes(1);
  });

  it('says that nothing was done when its wait is ended', async () => {
    const controller = new AbortController();
    const perform = work(passing, well);
    const result = withRetries({ ...patient, signal: controller.signal }, perform);
    controller.abort(new Error('stopped'));

    await expect(result).rejects.toMatchObject({
      constructor: CallEnded,
      progress: 'not-begun',
      cause: { message: 'stopped' },
    });
  });

  it('gives an answer without a letter when the worker ends, because the next one could not tell', async () => {
    const controller = new AbortController();
    const result = withRetries({ ...patient, signal: controller.signal }, work(passing, well));
    controller.abort(new ShuttingDown('the worker ends'));

    expect(await result).toEqual({
      status: 'error',
      code: 'execution_error',
      text: 'not now',
      progress: false,
    });
  });
});

describe('redactedArguments', () => {
  it('takes out values by their name and by their look, at any depth', () => {
    const args = {
      url: 'https://user:pass@a.example/x',
      headers: { cookie: 'a=b', accept: '*/*' },
      list: [{ apiKey: 'short' }, 'Bearer abcdefgh', 7, null],
    };

    expect(redactedArguments(args)).toEqual({
      url: 'https://<<REDACTED>>@a.example/x',
      headers: { cookie: '<<REDACTED>>', accept: '*/*' },
      list: [{ apiKey: '<<REDACTED>>' }, '<<REDACTED>>', 7, null],
    });
  });
});
