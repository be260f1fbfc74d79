/** One instruction of classic BPF (`struct sock_filter`, linux/filter.h). */
export interface FilterInstruction {
  readonly code: number;
  readonly jumpTrue: number;
  readonly jumpFalse: number;
  readonly constant: number;
}

/** Operation codes used by the filter: class, size, mode or condition, source (linux/bpf_common.h). */
const filterOperation = {
  loadWord: 0x20,
  jumpIfEqual: 0x15,
  jumpIfAtLeast: 0x35,
  jumpIfAnyBit: 0x45,
  give: 0x06,
} as const;

/** Verdicts of a seccomp filter (linux/seccomp.h). */
export const filterVerdict = {
  killProcess: 0x8000_0000,
  allow: 0x7fff_0000,
  fail: (errno: number): number => 0x0005_0000 | (errno & 0xffff),
} as const;

/** Byte offsets in `struct seccomp_data`; an argument's low half comes first on little-endian machines. */
export const filterData = {
  systemCall: 0,
  architecture: 4,
  argumentLow: (index: number): number => 16 + 8 * index,
} as const;

/** Loads 32 bits of the call's data into the accumulator. */
export function load(offset: number): FilterInstruction {
  return { code: filterOperation.loadWord, jumpTrue: 0, jumpFalse: 0, constant: offset };
}

/** Ends the program with a verdict. */
export function give(verdict: number): FilterInstruction {
  return { code: filterOperation.give, jumpTrue: 0, jumpFalse: 0, constant: verdict };
}

/** Compares the accumulator; a jump counts the instructions that are skipped, at most 255. */
export function jump(
  condition: 'jumpIfEqual' | 'jumpIfAtLeast' | 'jumpIfAnyBit',
  constant: number,
  skip: { readonly ifTrue: number; readonly ifFalse: number },
): FilterInstruction {
  return {
    code: filterOperation[condition],
    jumpTrue: skip.ifTrue,
    jumpFalse: skip.ifFalse,
    constant,
  };
}

/** Encodes a program as the array of 8-byte `struct sock_filter` that bubblewrap reads, little-endian. */
export function encodeFilter(program: readonly FilterInstruction[]): Uint8Array {
  const bytes = new Uint8Array(program.length * 8);
  const view = new DataView(bytes.buffer);
  for (const [index, instruction] of program.entries()) {
    view.setUint16(index * 8, instruction.code, true);
    view.setUint8(index * 8 + 2, instruction.jumpTrue);
    view.setUint8(index * 8 + 3, instruction.jumpFalse);
    view.setUint32(index * 8 + 4, instruction.constant >>> 0, true);
  }
  return bytes;
}
