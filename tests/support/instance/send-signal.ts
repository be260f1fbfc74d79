/** Sends a signal to a process by its number; 0 only asks whether it is there. */
export const sendSignal = (pid: number, signal: NodeJS.Signals | 0): void => {
  process.kill(pid, signal);
};
