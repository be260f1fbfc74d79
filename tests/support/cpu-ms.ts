/** Processor time this process has used, in milliseconds: unlike a clock it does not run while others work. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
