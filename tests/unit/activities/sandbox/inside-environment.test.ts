import { describe, expect, it } from '@jest/globals';

import { insideEnvironment } from '../../../../activities/sandbox/launch/inside-environment.ts';

describe('insideEnvironment', () => {
  it('takes nothing from the worker but where coverage goes', () => {
    const environment = insideEnvironment(
      {
        OPENAI_API_KEY: 'secret',
        LANG: 'de_DE.UTF-8',
        HOME: '/root',
        NODE_OPTIONS: '--require evil',
        NODE_V8_COVERAGE: '/cov',
        COVERAGE_FILE: '/cov/data',
        COVERAGE_RCFILE: '/cov/rc',
      },
      { RUSTUP_HOME: '/root/.rustup' },
    );

    expect(Object.values(environment)).not.toContain('secret');
    expect(environment).not.toHaveProperty('NODE_OPTIONS');
    expect(environment).toMatchObject({
      HOME: '/home/agent',
      LANG: 'C.UTF-8',
      LC_ALL: 'C.UTF-8',
      TZ: 'UTC',
      NODE_V8_COVERAGE: '/cov',
      COVERAGE_FILE: '/cov/data',
      COVERAGE_RCFILE: '/cov/rc',
      RUSTUP_HOME: '/root/.rustup',
    });
  });
});
