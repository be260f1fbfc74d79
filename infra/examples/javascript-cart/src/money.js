/** `percent` of an amount of cents, rounded to a whole cent. */
export function percentOf(cents, percent) {
  return Math.round((cents * percent) / 100);
}

/** Cents as people write them: 490 is "4.90". */
export function formatCents(cents) {
  return (cents / 100).toFixed(2);
}
