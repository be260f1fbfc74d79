const offsetBasis = 0xcb_f2_9c_e4_84_22_23_25n;
const prime = 0x1_00_00_00_01_b3n;
const mask = 0xff_ff_ff_ff_ff_ff_ff_ffn;

/** FNV-1a 64 bit over the UTF-16 code units of a text, low byte first, as 16 hex digits (Fowler, Noll, Vo; draft-eastlake-fnv). */
export function fnv1a64(text: string): string {
  let hash = offsetBasis;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    hash = ((hash ^ BigInt(unit & 0xff)) * prime) & mask;
    hash = ((hash ^ BigInt(unit >> 8)) * prime) & mask;
  }
  return hash.toString(16).padStart(16, '0');
}
