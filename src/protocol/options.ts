/**
 * Option negotiation: what a client offers, what a server grants, and what a client makes of the
 * answer (RFC 2347, 2348, 2349, 7440). One table says what each option means; the three verbs walk
 * through it. `blksize2`, `utimeout` and `rollover` have no RFC, but widespread clients send them.
 */

import type { Rollover } from "./block_number.ts";
import { ProtocolError } from "./error_code.ts";
import { Opcode, type Option, type RequestPacket } from "./packet.ts";

/**
 * How a file is to be moved: as it is, or as text with its line ends translated (RFC 1350 §1).
 *
 * ```ts
 * import { get, type Mode, serve } from "@tftp/tftp";
 * import { MemoryLan } from "@tftp/tftp/testing";
 *
 * // Lines end with CR LF on the wire, and with LF at both ends.
 * const mode: Mode = "netascii";
 * const lan = new MemoryLan();
 * await using server = serve({ network: lan.machine("10.0.0.1"), handler: () => "one\ntwo\n" });
 * const { body } = await get("list", { host: "10.0.0.1", network: lan.machine("10.0.0.2"), mode });
 * if (await new Response(body).text() !== "one\ntwo\n") throw new Error("the lines are the same");
 * ```
 */
export type Mode = "octet" | "netascii";

/** Bytes of a block where no other size was agreed (RFC 1350 §2). */
export const DEFAULT_BLKSIZE = 512;
/** The least that `blksize` may be (RFC 2348). */
export const MIN_BLKSIZE = 8;
/** The most that `blksize` may be (RFC 2348). */
export const MAX_BLKSIZE = 65464;
/** The most that `windowsize` may be (RFC 7440 §3). */
export const MAX_WINDOWSIZE = 65535;

/**
 * The agreed values of a transfer.
 *
 * ```ts
 * import type { Agreement } from "@tftp/tftp";
 *
 * // DATA packets of a whole file: the last one is shorter than the others, and may be empty.
 * const blocksOf = ({ tsize = 0, blksize }: Agreement) => Math.floor(tsize / blksize) + 1;
 * const plain = { blksize: 512, windowsize: 1, rollover: 0, granted: [] } as const;
 * if (blocksOf({ ...plain, tsize: 1024 }) !== 3) throw new Error("two full ones and an empty one");
 * ```
 */
export interface Agreement {
  /** Bytes of data in a full block. */
  readonly blksize: number;
  /** Blocks sent before an ACK is waited for. */
  readonly windowsize: number;
  /** The agreed wait before a repeat; absent when none was agreed. */
  readonly timeoutMs?: number;
  /** Size of the file in bytes, when the other side has said it. */
  readonly tsize?: number;
  /** The block number that follows 65535. */
  readonly rollover: Rollover;
  /** What the OACK lists, in its order and spelling. */
  readonly granted: readonly Option[];
}

/** What holds without an OACK: plain RFC 1350. */
export const PLAIN_AGREEMENT: Agreement = {
  blksize: DEFAULT_BLKSIZE,
  windowsize: 1,
  rollover: 0,
  granted: [],
};

/** What a client would like. What is left out is not offered. */
export interface RequestedOptions {
  /** Bytes in a block, 8–65464. */
  readonly blksize?: number;
  /** Blocks in a window, 1–65535. */
  readonly windowsize?: number;
  /** For an RRQ 0, for a WRQ the size in bytes (RFC 2349). */
  readonly tsize?: number;
  /** 1–255 (RFC 2349). */
  readonly timeoutSeconds?: number;
  /** The receive buffer that windows must fit into, where it is known. @default {212992} */
  readonly receiveBufferBytes?: number | undefined;
}

/** What a server is ready to grant. */
export interface Limits {
  /** Bytes in a block at most. */
  readonly maxBlksize: number;
  /** Blocks in a window at most. */
  readonly maxWindowsize: number;
  /**
   * Whether an asked-for `timeout` is agreed to; leaving it out lets repeats follow the network.
   */
  readonly grantTimeout: boolean;
  /**
   * The part of a receive buffer that a window of DATA may fill, where several uploads share the
   * socket it belongs to. @default {1}
   */
  readonly windowShare?: number | undefined;
  /** The size of that buffer. @default {212992} */
  readonly receiveBufferBytes?: number | undefined;
  /** Size of the file an RRQ asks for, when it is known before the first block. */
  readonly size?: number | undefined;
}

type Meaning = "blksize" | "windowsize" | "timeoutMs" | "tsize" | "rollover";

interface OptionRow {
  readonly means: Meaning;
  /** The value a server answers with; undefined leaves the option out. */
  grant(asked: number, limits: Limits, request: RequestPacket): number | undefined;
  /** Whether a client may accept this answer to its offer. */
  accepts(answered: number, offered: number): boolean;
  /** The value in the agreement's unit. */
  readonly unit?: number;
}

const OPTIONS: Readonly<Record<string, OptionRow>> = {
  // RFC 2348: 8–65464; the server may answer lower, never higher.
  blksize: {
    means: "blksize",
    grant: (asked, limits) =>
      asked < MIN_BLKSIZE ? undefined : Math.min(asked, limits.maxBlksize, MAX_BLKSIZE),
    accepts: (answered, offered) => answered >= MIN_BLKSIZE && answered <= offered,
  },
  // No RFC: as blksize, but the answer is a power of two.
  blksize2: {
    means: "blksize",
    grant: (asked, limits) =>
      asked < MIN_BLKSIZE
        ? undefined
        : 2 ** Math.floor(Math.log2(Math.min(asked, limits.maxBlksize, MAX_BLKSIZE))),
    accepts: (answered, offered) => answered >= MIN_BLKSIZE && answered <= offered,
  },
  // RFC 7440 §3: 1–65535; the server may answer lower.
  windowsize: {
    means: "windowsize",
    grant: (asked, limits) => asked < 1 ? undefined : Math.min(asked, limits.maxWindowsize),
    accepts: (answered, offered) => answered >= 1 && answered <= offered,
  },
  // RFC 2349: 1–255 seconds, answered with the same value or not at all.
  timeout: {
    means: "timeoutMs",
    grant: (asked, limits) => limits.grantTimeout && asked >= 1 && asked <= 255 ? asked : undefined,
    accepts: (answered, offered) => answered === offered,
    unit: 1000,
  },
  // No RFC: as timeout, in microseconds.
  utimeout: {
    means: "timeoutMs",
    grant: (asked, limits) =>
      limits.grantTimeout && asked >= 10_000 && asked <= 255_000_000 ? asked : undefined,
    accepts: (answered, offered) => answered === offered,
    unit: 0.001,
  },
  // RFC 2349: an RRQ asks for the size, which netascii does not know; a WRQ announces it.
  tsize: {
    means: "tsize",
    grant: (asked, limits, request) => {
      if (request.opcode === Opcode.WRQ) return asked;
      // Left out for an empty file: curl takes tsize 0 for a broken answer and gives up.
      return request.mode.toLowerCase() === "octet" ? limits.size || undefined : undefined;
    },
    accepts: () => true,
  },
  // No RFC: the block number that follows 65535.
  rollover: {
    means: "rollover",
    grant: (asked) => asked <= 1 ? asked : undefined,
    accepts: (answered, offered) => answered === offered,
  },
};

/**
 * Options for a request; `blksize` stands first, where the pickiest known peer looks for it. A
 * windowsize is lowered to what a default socket buffer holds ({@linkcode maxWindowsizeFor}).
 */
export function offer(requested: RequestedOptions): Option[] {
  const options: Option[] = [];
  const add = (name: string, value: number | undefined) => {
    if (value !== undefined) options.push({ name, value: String(value) });
  };
  add("blksize", requested.blksize);
  if (requested.windowsize !== undefined) {
    const { blksize = DEFAULT_BLKSIZE, receiveBufferBytes } = requested;
    const bound = maxWindowsizeFor(blksize, receiveBufferBytes);
    add("windowsize", Math.min(requested.windowsize, bound));
  }
  add("tsize", requested.tsize);
  add("timeout", requested.timeoutSeconds);
  return options;
}

/**
 * The server's answer to a request's options. RFC 2347: only what was asked, here in the order and
 * spelling asked, each meaning once, the first asked wins; a value that is bad is left out, and
 * never a reason to refuse the request. An empty `granted` means that no OACK is sent.
 */
export function grant(request: RequestPacket, limits: Limits): Agreement {
  const values = new Map<Meaning, { option: Option; row: OptionRow; value: number }>();
  for (const option of request.options) {
    const row = rowOf(option.name);
    const asked = readNumber(option.value);
    if (!row || asked === undefined || values.has(row.means)) continue;
    const value = row.grant(asked, limits, request);
    if (value !== undefined) values.set(row.means, { option, row, value });
  }
  const window = values.get("windowsize");
  const blksize = values.get("blksize")?.value ?? DEFAULT_BLKSIZE;
  if (window) {
    const { receiveBufferBytes, windowShare = 1 } = limits;
    const room = Math.floor(maxWindowsizeFor(blksize, receiveBufferBytes) * windowShare);
    window.value = Math.min(window.value, Math.max(1, room));
  }
  let agreement = PLAIN_AGREEMENT;
  for (const { option, row, value } of values.values()) {
    agreement = settle(agreement, option.name, row, value);
  }
  return agreement;
}

/**
 * What a client makes of an OACK to its offer. Throws {@linkcode ProtocolError} naming the option
 * that was not asked for or has a value that was not offered (RFC 2347: the client then answers
 * with ERROR 8). What the server left out has the RFC's default.
 */
export function confirm(offered: readonly Option[], answered: readonly Option[]): Agreement {
  let agreement = PLAIN_AGREEMENT;
  const seen = new Set<Meaning>();
  for (const option of answered) {
    const row = rowOf(option.name);
    const wanted = offered.find((o) => o.name.toLowerCase() === option.name.toLowerCase());
    if (!row || !wanted) {
      throw new ProtocolError(`Server granted option "${option.name}" that was not asked for`);
    }
    const value = readNumber(option.value);
    if (value === undefined || seen.has(row.means) || !row.accepts(value, Number(wanted.value))) {
      throw new ProtocolError(
        `Server answered ${wanted.name}=${wanted.value} with "${option.name}=${option.value}"`,
      );
    }
    seen.add(row.means);
    agreement = settle(agreement, option.name, row, value);
  }
  return agreement;
}

/** The receive buffer that Linux gives a socket which asks for none. */
export const DEFAULT_RECEIVE_BUFFER_BYTES = 212_992;

/**
 * The blocks of this size that a receive buffer surely holds, a default one where the receiver's is
 * not known. The kernel charges each datagram by the buffer it sits in, hence the steps. With one
 * block more, the tail of every window is lost and a transfer crawls from timeout to timeout.
 */
export function maxWindowsizeFor(
  blksize: number,
  bufferBytes = DEFAULT_RECEIVE_BUFFER_BYTES,
): number {
  const [, blocks] = WINDOW_STEPS.find(([size]) => blksize <= size) ?? [0, 2];
  return Math.max(1, Math.floor(blocks * bufferBytes / DEFAULT_RECEIVE_BUFFER_BYTES));
}

const WINDOW_STEPS: readonly (readonly [blksize: number, blocks: number])[] = [
  [512, 128],
  [1472, 64],
  [2048, 32],
  [4096, 16],
  [16384, 8],
  [32768, 4],
];

function rowOf(name: string): OptionRow | undefined {
  const key = name.toLowerCase();
  return Object.hasOwn(OPTIONS, key) ? OPTIONS[key] : undefined;
}

/** RFC 2347 values are decimal digits in text; up to 15 of them stay exact. */
function readNumber(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function settle(agreement: Agreement, name: string, row: OptionRow, value: number): Agreement {
  return {
    ...agreement,
    [row.means]: value * (row.unit ?? 1),
    granted: [...agreement.granted, { name, value: String(value) }],
  };
}
