import { readFileSync } from 'node:fs';

/** Tells one run of this host's kernel from the next (proc(5), random/boot_id). */
export function readBootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}
