import { jest } from '@jest/globals';

// Set by the project in jest.config.js, in milliseconds.
const limit: unknown = Reflect.get(globalThis, 'testTimeout');
jest.setTimeout(typeof limit === 'number' ? limit : 5_000);
