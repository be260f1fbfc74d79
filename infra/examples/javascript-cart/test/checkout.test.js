import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { checkout } from '../src/checkout.js';

describe('checkout', () => {
  it('adds up the lines and the shipping', () => {
    const bill = checkout([
      { price: 1250, quantity: 2 },
      { price: 300, quantity: 1 },
    ]);

    assert.deepEqual(bill, { goods: 2800, discount: 0, shipping: 490, total: 3290 });
  });

  it('sends large orders free of charge', () => {
    assert.equal(checkout([{ price: 2500, quantity: 2 }]).shipping, 0);
  });

  it('takes the voucher off the goods', () => {
    assert.equal(checkout([{ price: 8000, quantity: 1 }], 25).total, 6000);
  });

  it('charges shipping when the voucher takes an order below the limit', () => {
    const bill = checkout([{ price: 1299, quantity: 4 }], 10);

    assert.deepEqual(bill, { goods: 5196, discount: 520, shipping: 490, total: 5166 });
  });
});
