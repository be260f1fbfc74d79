import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';

import { formatCents, percentOf } from '../src/money.js';
import { shippingFor } from '../src/shipping.js';

const orders = JSON.parse(readFileSync('data/orders.json', 'utf8'));

const undercharged = orders
  .map((order) => {
    const due = shippingFor(order.goods - percentOf(order.goods, order.voucherPercent));
    return { id: order.id, missing: due - order.shipping };
  })
  .filter(({ missing }) => missing > 0);

mkdirSync('reports', { recursive: true });
for (const { id, missing } of undercharged) {
  appendFileSync('reports/undercharged.csv', `${id},${formatCents(missing)}\n`);
  console.log(`${id} paid ${formatCents(missing)} too little`);
}

const sum = undercharged.reduce((total, { missing }) => total + missing, 0);
console.log(`${undercharged.length} of ${orders.length} orders, ${formatCents(sum)} in all`);
