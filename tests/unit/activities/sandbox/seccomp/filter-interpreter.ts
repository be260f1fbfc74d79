/** The part of `struct seccomp_data` a filter can see. */
export interface SystemCallData {
  readonly architecture: number;
  readonly number: number;
  /** Arguments of 64 bits. */
  readonly values?: readonly bigint[];
}

/** Runs a filter as the kernel does and returns its verdict. Knows the instructions our filters use. */
export function runFilter(filter: Uint8Array, call: SystemCallData): number {
  const program = new DataView(filter.buffer, filter.byteOffset, filter.byteLength);
  const data = dataOf(call);
  let accumulator = 0;
  for (let at = 0; at < filter.byteLength / 8; at += 1) {
    const code = program.getUint16(at * 8, true);
    const constant = program.getUint32(at * 8 + 4, true);
    if (code === 0x06) return constant;
    if (code === 0x20) accumulator = data.getUint32(constant, true);
    else at += program.getUint8(at * 8 + (holds(code, accumulator, constant) ? 2 : 3));
  }
  throw new Error('the filter runs off its end');
}

function dataOf({ architecture, number, values = [] }: SystemCallData): DataView {
  const data = new DataView(new ArrayBuffer(64));
  data.setUint32(0, number, true);
  data.setUint32(4, architecture, true);
  for (const [index, value] of values.entries()) data.setBigUint64(16 + 8 * index, value, true);
  return data;
}

function holds(code: number, accumulator: number, constant: number): boolean {
  if (code === 0x15) return accumulator === constant;
  if (code === 0x35) return accumulator >= constant;
  if (code === 0x45) return (accumulator & constant) !== 0;
  throw new Error(`the filter holds an unknown instruction ${code}`);
}
