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
const project = (name, testTimeout) => ({
  ...base,
  displayName: name,
  globals: { testTimeout },
  setupFilesAfterEnv: ['<rootDir>/tests/support/set-timeout.ts'],
  testMatch: [`<rootDir>/tests/${name}/**/*.test.ts`],
});

export default {
  reporters: ['default', '<rootDir>/tests/support/project-reporter.js'],
  projects: [
    project('unit', 5_000),
    project('replay', 60_000),
    project('workflow', 60_000),
    project('e2e', 120_000),
    project('faults', 600_000),
  ],
};
