import assert from 'node:assert/strict';
import { it } from 'node:test';

import { formatCents, percentOf } from '../src/money.js';

it('rounds a percentage to a whole cent', () => {
  assert.equal(percentOf(333, 10), 33);
  assert.equal(percentOf(335, 10), 34);
});

it('writes cents as people do', () => {
  assert.equal(formatCents(490), '4.90');
});
