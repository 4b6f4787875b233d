/** IP addresses as bytes, as in the header of a packet. Pure. */

/**
 * The 4 or 16 bytes of an address in text; undefined for anything else. A zone (`%eth0`) is left
 * out, and an IPv4-mapped address (`::ffff:10.0.0.1`) gives the IPv4 address.
 */
export function ipBytes(text: string): Uint8Array | undefined {
  const address = text.split("%")[0]!.toLowerCase();
  if (!address.includes(":")) return ipv4Bytes(address);
  const bytes = ipv6Bytes(address);
  return bytes && isMapped(bytes) ? bytes.subarray(12) : bytes;
}

/** Whether two addresses of one family have the same first bits. */
export function samePrefix(one: Uint8Array, other: Uint8Array, bits: number): boolean {
  if (one.length !== other.length) return false;
  for (let at = 0; at < bits; at++) {
    const mask = 0x80 >> (at & 7);
    if (((one[at >> 3]! ^ other[at >> 3]!) & mask) !== 0) return false;
  }
  return true;
}

function ipv4Bytes(text: string): Uint8Array | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part))) return undefined;
  const numbers = parts.map(Number);
  return numbers.every((number) => number <= 255) ? Uint8Array.from(numbers) : undefined;
}

function ipv6Bytes(text: string): Uint8Array | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = groupBytes(halves[0]!);
  const tail = groupBytes(halves[1] ?? "");
  if (!head || !tail) return undefined;
  const missing = 16 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 2) return undefined;
  return Uint8Array.from([...head, ...Array<number>(missing).fill(0), ...tail]);
}

/** The bytes of groups between colons, the last of which may be an IPv4 address. */
function groupBytes(text: string): number[] | undefined {
  if (text === "") return [];
  const bytes: number[] = [];
  for (const group of text.split(":")) {
    if (group.includes(".")) {
      const last = ipv4Bytes(group);
      if (!last) return undefined;
      bytes.push(...last);
    } else if (/^[0-9a-f]{1,4}$/.test(group)) {
      const number = Number.parseInt(group, 16);
      bytes.push(number >> 8, number & 0xff);
    } else return undefined;
  }
  return bytes;
}

function isMapped(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff &&
    bytes[11] === 0xff;
}
