const base = {
  testEnvironment: 'node',
  injectGlobals: false,
  extensionsToTreatAsEsm: ['.ts'],
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/infra'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
};

// Jest ignores `testTimeout` inside of projects, so each project sets its own by a file.
const project = (name, testTimeout, more = {}) => ({
  ...more,
  ...base,
  displayName: name,
  globals: { testTimeout },
  setupFilesAfterEnv: ['<rootDir>/tests/support/set-timeout.ts'],
  testMatch: [`<rootDir>/tests/${name}/**/*.test.ts`],
});

const sharedDatabase = {
  globalSetup: '<rootDir>/tests/support/start-shared-database.js',
  globalTeardown: '<rootDir>/tests/support/stop-shared-database.js',
};

export default {
  // A process that grew starts others slowly: each fork copies its page tables.
  workerIdleMemoryLimit: '1GB',
  reporters: ['default', '<rootDir>/tests/support/project-reporter.js'],
  projects: [
    project('unit', 20_000),
    project('replay', 60_000),
    project('workflow', 60_000, sharedDatabase),
    project('e2e', 120_000),
    project('faults', 600_000, sharedDatabase),
  ],
};
