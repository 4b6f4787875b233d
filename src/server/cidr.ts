/** Networks as text, `192.0.2.0/24` or `2001:db8::/32`, and the addresses in them. Pure. */

/**
 * Bytes of an address: 4 for IPv4, 16 for IPv6; IPv4 within IPv6 counts as IPv4.
 *
 * ```ts
 * import { type AddressBytes, parseCidr } from "@tftp/tftp";
 *
 * const bytes: AddressBytes = parseCidr("192.0.2.0/24").bytes;
 * if (bytes.join(".") !== "192.0.2.0") throw new Error(bytes.join("."));
 * ```
 */
export type AddressBytes = readonly number[];

/**
 * A network of addresses.
 *
 * ```ts
 * import { type Cidr, parseCidr } from "@tftp/tftp";
 *
 * const { bytes, bits }: Cidr = parseCidr("2001:db8::/32");
 * if (bytes.length !== 16 || bits !== 32) throw new Error(`${bits} of ${8 * bytes.length} bits`);
 * ```
 */
export interface Cidr {
  /** The first address. */
  readonly bytes: AddressBytes;
  /** Length of the prefix, in bits. */
  readonly bits: number;
}

/**
 * Parses a network, or an address as a network of one. Throws `SyntaxError` with a sentence for the
 * operator. Bits after the prefix must be 0: set ones are usually a mistake.
 *
 * ```ts
 * import { OPEN_ACCESS, parseCidr, type ServePolicy } from "@tftp/tftp";
 *
 * const access = { ...OPEN_ACCESS, allow: [parseCidr("10.0.0.0/8"), parseCidr("2001:db8::/32")] };
 * const policy: Partial<ServePolicy> = { access };
 * if (policy.access?.allow.length !== 2) throw new Error("two networks are served");
 * ```
 */
export function parseCidr(text: string): Cidr {
  const [host = "", length, extra] = text.split("/");
  const bytes = parseAddress(host);
  if (!bytes || extra !== undefined) {
    throw new SyntaxError(`"${text}" is not a network such as 192.0.2.0/24 or 2001:db8::/32`);
  }
  const most = bytes.length * 8;
  if (length !== undefined && !(/^\d{1,3}$/.test(length) && Number(length) <= most)) {
    throw new SyntaxError(`"${text}": the prefix length must be 0 to ${most}, not "${length}"`);
  }
  const bits = length === undefined ? most : Number(length);
  const masked = bytes.map((byte, at) => byte & maskOf(bits - at * 8));
  if (masked.some((byte, at) => byte !== bytes[at])) {
    throw new SyntaxError(
      `"${text}" has bits set after its prefix; did you mean ${formatBytes(masked)}/${bits}?`,
    );
  }
  return { bytes, bits };
}

/** Whether an address is in a network of its own family. */
export function contains({ bytes, bits }: Cidr, address: AddressBytes): boolean {
  if (bytes.length !== address.length) return false;
  return bytes.every((byte, at) => ((byte ^ address[at]!) & maskOf(bits - at * 8)) === 0);
}

/** The bytes of an address; undefined for anything else. A zone (`%eth0`) is ignored. */
export function parseAddress(text: string): AddressBytes | undefined {
  const plain = text.replace(/%.*$/, "");
  const bytes = plain.includes(":") ? parseIpv6(plain) : parseIpv4(plain);
  const isMapped = bytes?.length === 16 && bytes[10] === 255 && bytes[11] === 255 &&
    bytes.slice(0, 10).every((byte) => byte === 0);
  return isMapped ? bytes.slice(12) : bytes;
}

/** An address as text, IPv6 in full. */
export function formatBytes(bytes: AddressBytes): string {
  if (bytes.length === 4) return bytes.join(".");
  const groups = Array.from({ length: 8 }, (_, i) => bytes[2 * i]! * 256 + bytes[2 * i + 1]!);
  return groups.map((group) => group.toString(16)).join(":");
}

function maskOf(bits: number): number {
  return bits >= 8 ? 255 : bits <= 0 ? 0 : (0xff00 >> bits) & 255;
}

function parseIpv4(text: string): number[] | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part))) {
    return undefined;
  }
  const bytes = parts.map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes : undefined;
}

function parseIpv6(text: string): number[] | undefined {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (dotted) {
    const tail = parseIpv4(dotted[2]!);
    if (!tail) return undefined;
    const pairs = [tail[0]! * 256 + tail[1]!, tail[2]! * 256 + tail[3]!];
    return parseIpv6(dotted[1]! + pairs.map((pair) => pair.toString(16)).join(":"));
  }
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [front = [], back] = halves.map((half) => half === "" ? [] : half.split(":"));
  const missing = 8 - front.length - (back?.length ?? 0);
  if (back === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...front, ...Array<string>(back ? missing : 0).fill("0"), ...(back ?? [])];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return groups.flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 255]);
}
