/** Goods for this many cents are sent free of charge. */
export const freeFrom = 5000;

/** What it costs to send any smaller order. */
export const standardRate = 490;

/** Shipping for goods that cost `payable` cents. */
export function shippingFor(payable) {
  return payable >= freeFrom ? 0 : standardRate;
}
