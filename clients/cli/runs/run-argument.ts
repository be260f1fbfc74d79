/** What every command on one run says of its argument. */
export const runArgument = 'key of the run, or the start of it (on a terminal: pick one)';
