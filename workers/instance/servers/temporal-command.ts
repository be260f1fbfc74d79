/** How a dev server is started. */
export interface TemporalServerOptions {
  readonly port: number;
  readonly uiPort: number;
  readonly namespace: string;
  /** SQLite file; in memory when undefined. */
  readonly databaseFile: string | undefined;
  /** More dynamic configuration, `key=value` each. */
  readonly dynamicConfig?: readonly string[];
}

/** Search attributes of our workflows by name, with the type that the Temporal CLI takes. */
export const searchAttributes: { readonly [name: string]: 'Keyword' | 'Int' } = {
  HoldfastTenant: 'Keyword',
  HoldfastProject: 'Keyword',
  HoldfastStatus: 'Keyword',
  HoldfastSpecialist: 'Keyword',
  HoldfastPolicy: 'Keyword',
  HoldfastWaitingFor: 'Keyword',
  HoldfastRoot: 'Keyword',
  HoldfastCostMicroUsd: 'Int',
};

/**
 * The server throttles its transfer queue to about one poll in 50 ms by default; with this value one run makes 4.5
 * times the steps a second (measured with CLI 1.9.1).
 */
const transferQueuePolls = 'history.transferProcessorMaxPollRPS=2000';

/** Builds the arguments of `temporal` for a dev server on loopback. Pure. */
export function temporalServerArguments(options: TemporalServerOptions): readonly string[] {
  const { port, uiPort, namespace, databaseFile, dynamicConfig = [] } = options;
  // Write-ahead log with synchronous=1 survives the death of the process; a power cut may lose the last commits.
  const store =
    databaseFile === undefined
      ? []
      : [
          '--db-filename',
          databaseFile,
          '--sqlite-pragma',
          'journal_mode=wal',
          '--sqlite-pragma',
          'synchronous=1',
        ];
  return [
    'server',
    'start-dev',
    '--ip',
    '127.0.0.1',
    '--port',
    String(port),
    '--ui-port',
    String(uiPort),
    '--namespace',
    namespace,
    '--log-level',
    'warn',
    '--log-format',
    'json',
    ...store,
    ...[transferQueuePolls, ...dynamicConfig].flatMap((pair) => ['--dynamic-config-value', pair]),
    ...Object.entries(searchAttributes).flatMap(([name, type]) => [
      '--search-attribute',
      `${name}=${type}`,
    ]),
  ];
}
