/** IP addresses from bytes to text, written as Deno's own sockets write them (RFC 5952). Pure. */

/** The text of an IPv4 address. */
export function ipv4Text(bytes: Uint8Array): string {
  return bytes.join(".");
}

/** The same of an address in a word of memory, on a machine whose words begin with the low byte. */
export function ipv4TextOf(word: number): string {
  return `${word & 0xff}.${word >>> 8 & 0xff}.${word >>> 16 & 0xff}.${word >>> 24}`;
}

/** The text of an IPv6 address; an IPv4-mapped one is `::ffff:10.0.0.1`. */
export function ipv6Text(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, at) => bytes[2 * at]! << 8 | bytes[2 * at + 1]!);
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return `::ffff:${ipv4Text(bytes.subarray(12))}`;
  }
  const { first, length } = longestZeros(groups);
  if (length < 2) return hex(groups);
  return `${hex(groups.slice(0, first))}::${hex(groups.slice(first + length))}`;
}

/** Whether an IPv6 address means another machine on each interface (RFC 4291, section 2.5.6). */
export function isLinkLocal(bytes: Uint8Array): boolean {
  return bytes[0] === 0xfe && (bytes[1]! & 0xc0) === 0x80;
}

function hex(groups: readonly number[]): string {
  return groups.map((group) => group.toString(16)).join(":");
}

/** The longest run of zeros, the first among equals. */
function longestZeros(groups: readonly number[]): { first: number; length: number } {
  let best = { first: 0, length: 0 };
  let length = 0;
  groups.forEach((group, at) => {
    length = group === 0 ? length + 1 : 0;
    if (length > best.length) best = { first: at - length + 1, length };
  });
  return best;
}
