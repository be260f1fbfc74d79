import { describe, expect, it } from '@jest/globals';

import { temporalServerArguments } from '../../../../../workers/instance/servers/temporal-command.ts';

const options = { port: 7233, uiPort: 8233, namespace: 'default', databaseFile: undefined };

describe('temporalServerArguments', () => {
  it('listens on loopback only, with the fast transfer queue', () => {
    const line = temporalServerArguments(options).join(' ');

    expect(line).toContain('--ip 127.0.0.1 --port 7233 --ui-port 8233');
    expect(line).toContain('--dynamic-config-value history.transferProcessorMaxPollRPS=2000');
  });

  it('keeps a file in write-ahead mode, and nothing without one', () => {
    const stored = temporalServerArguments({ ...options, databaseFile: '/h/t.db' }).join(' ');

    expect(stored).toContain(
      '--db-filename /h/t.db --sqlite-pragma journal_mode=wal --sqlite-pragma synchronous=1',
    );
    expect(temporalServerArguments(options).join(' ')).not.toContain('sqlite');
  });
});
