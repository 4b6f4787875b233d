/** Parses Linux's tables of UDP sockets (/proc/net/udp and udp6). Pure. */

/** A bound socket. */
export interface BoundSocket {
  readonly address: string;
  readonly port: number;
  readonly inode: number;
}

/** The sockets of a table. */
export function socketsIn(table: string): BoundSocket[] {
  return table.split("\n").slice(1).flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const [address, port] = (fields[1] ?? "").split(":");
    const inode = Number(fields[9]);
    if (address === undefined || port === undefined || !Number.isInteger(inode)) return [];
    return [{ address: addressOf(address), port: parseInt(port, 16), inode }];
  });
}

/** The kernel prints each four-byte word in the machine's own order, which is little-endian. */
function addressOf(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) =>
    (word.match(/../g) ?? []).map((byte) => parseInt(byte, 16)).reverse()
  );
  if (bytes.length === 4) return bytes.join(".");
  const groups = Array.from(
    { length: 8 },
    (_, at) => (bytes[2 * at]! << 8 | bytes[2 * at + 1]!).toString(16),
  );
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}
