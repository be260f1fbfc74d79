import { readdirSync, readFileSync } from 'node:fs';

/** O_CLOEXEC as /proc shows it (octal, asm-generic/fcntl.h). */
const closeOnExec = 0o2000000;

/** Lists descriptors above 2 that every child of this process would inherit. Node closes the lower ones, not all. */
export function inheritedDescriptors(): readonly number[] {
  return readdirSync('/proc/self/fd')
    .map(Number)
    .filter((descriptor) => descriptor > 2 && isInherited(descriptor))
    .toSorted((a, b) => a - b);
}

function isInherited(descriptor: number): boolean {
  try {
    const flags = /^flags:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'));
    return (Number.parseInt(flags?.[1] ?? '', 8) & closeOnExec) === 0;
  } catch {
    return false;
  }
}
