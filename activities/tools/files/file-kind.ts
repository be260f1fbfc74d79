/** Bytes that are looked at to tell text from binary: git looks at as many (buffer_is_binary, xdiff-interface.c). */
export const sampleBytes = 8_000;

const signatures: readonly (readonly [string, string])[] = [
  ['89504e470d0a1a0a', 'PNG image'],
  ['ffd8ff', 'JPEG image'],
  ['474946383', 'GIF image'],
  ['25504446', 'PDF document'],
  ['504b0304', 'ZIP archive'],
  ['1f8b', 'gzip archive'],
  ['425a68', 'bzip2 archive'],
  ['fd377a585a00', 'xz archive'],
  ['28b52ffd', 'Zstandard archive'],
  ['7f454c46', 'ELF program'],
  ['0061736d', 'WebAssembly module'],
  ['53514c69746520666f726d6174203300', 'SQLite database'],
  ['cafebabe', 'Java class'],
];

/** Names what a binary file is by its first bytes; undefined for text, which holds no NUL byte there. */
export function binaryKind(start: Uint8Array): string | undefined {
  const sample = start.subarray(0, sampleBytes);
  const first = Buffer.from(sample.subarray(0, 16)).toString('hex');
  const known = signatures.find(([signature]) => first.startsWith(signature));
  if (known !== undefined) return known[1];
  return sample.includes(0) ? 'binary file' : undefined;
}
