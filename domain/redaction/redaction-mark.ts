/** What stands in place of a secret, wherever one was taken out. */
export const redactionMark = '<<REDACTED>>';
