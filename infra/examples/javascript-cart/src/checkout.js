import { percentOf } from './money.js';
import { shippingFor } from './shipping.js';

/**
 * Adds up a cart. `lines` are `{ price, quantity }` with prices in cents; `voucherPercent` is taken off the goods.
 */
export function checkout(lines, voucherPercent = 0) {
  const goods = lines.reduce((sum, { price, quantity }) => sum + price * quantity, 0);
  const discount = percentOf(goods, voucherPercent);
  const shipping = shippingFor(goods);
  return { goods, discount, shipping, total: goods - discount + shipping };
}
