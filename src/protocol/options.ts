/**
 * Option negotiation: what a client offers, what a server grants, and what a client makes of the
 * answer (RFC 2347, 2348, 2349, 7440). One table says what each option means, and three functions
 * use it. `blksize2`, `utimeout` and `rollover` are in no RFC, but widespread clients send them.
 */

import type { Agreement, Limits, RequestedOptions } from "./agreement.ts";
import { MAX_OUTSTANDING } from "./block_number.ts";
import { ProtocolError } from "./error_code.ts";
import { Opcode, type Option, type RequestPacket } from "./packet.ts";
import { maxWindowsizeFor } from "./receive_window.ts";

export type * from "./agreement.ts";

/**
 * Bytes of a block where no other size was agreed (RFC 1350 §2).
 *
 * ```ts
 * import { DEFAULT_BLKSIZE, PLAIN_AGREEMENT } from "@tftp/tftp/protocol";
 *
 * if (PLAIN_AGREEMENT.blksize !== DEFAULT_BLKSIZE) throw new Error("512 bytes without options");
 * ```
 */
export const DEFAULT_BLKSIZE = 512;
/**
 * The least that `blksize` may be (RFC 2348).
 *
 * ```ts
 * import { grant, MIN_BLKSIZE, Opcode } from "@tftp/tftp/protocol";
 *
 * const options = [{ name: "blksize", value: `${MIN_BLKSIZE - 1}` }];
 * const request = { opcode: Opcode.RRQ, filename: "motd", mode: "octet", options };
 * const limits = { maxBlksize: 1428, maxWindowsize: 32, grantTimeout: false };
 * if (grant(request, limits).granted.length > 0) throw new Error("that is too small");
 * ```
 */
export const MIN_BLKSIZE = 8;
/**
 * The most that `blksize` may be (RFC 2348).
 *
 * ```ts
 * import { DATA_HEADER_BYTES, MAX_BLKSIZE } from "@tftp/tftp/protocol";
 *
 * // The largest datagram of IPv4 has this payload, less the 20 bytes that its options may take.
 * const udpBytes = 65_535 - 20 - 8;
 * if (MAX_BLKSIZE + DATA_HEADER_BYTES > udpBytes) throw new Error("it does not fit");
 * ```
 */
export const MAX_BLKSIZE = 65464;
/**
 * The most that `windowsize` may be (RFC 7440 §3).
 *
 * ```ts
 * import { MAX_WINDOWSIZE, maxWindowsizeFor } from "@tftp/tftp/protocol";
 *
 * // What RFC 7440 allows, and what a receive buffer holds.
 * const useful = Math.min(MAX_WINDOWSIZE, maxWindowsizeFor(512));
 * if (useful !== 128) throw new Error(`${useful} blocks`);
 * ```
 */
export const MAX_WINDOWSIZE = 65535;

/**
 * What holds without an OACK: plain RFC 1350.
 *
 * ```ts
 * import { confirm, PLAIN_AGREEMENT } from "@tftp/tftp/protocol";
 *
 * // A server that has granted nothing has agreed to this.
 * const { blksize, windowsize } = confirm([{ name: "blksize", value: "1428" }], []);
 * if (blksize !== PLAIN_AGREEMENT.blksize || windowsize !== 1) throw new Error(`${blksize} bytes`);
 * ```
 */
export const PLAIN_AGREEMENT: Agreement = {
  blksize: DEFAULT_BLKSIZE,
  windowsize: 1,
  rollover: 0,
  granted: [],
};

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
  // RFC 7440 §3: 1–65535; the server may answer lower. Block numbers do not tell more apart.
  windowsize: {
    means: "windowsize",
    grant: (asked, limits) =>
      asked < 1 ? undefined : Math.min(asked, limits.maxWindowsize, MAX_OUTSTANDING),
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
      // Left out for an empty file: curl treats tsize 0 as a broken answer and gives up.
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
 * Options for a request. `blksize` comes first, where the strictest known peer looks for it. A
 * windowsize is lowered to what a default socket buffer holds ({@linkcode maxWindowsizeFor}).
 *
 * ```ts
 * import { offer } from "@tftp/tftp/protocol";
 *
 * const [first, second] = offer({ blksize: 8192, windowsize: 1000 });
 * if (first?.name !== "blksize") throw new Error("blksize stands first");
 * // No more than what a receive buffer holds.
 * if (Number(second?.value) >= 1000) throw new Error(second?.value);
 * ```
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
    add("windowsize", Math.min(requested.windowsize, bound, MAX_OUTSTANDING));
  }
  add("tsize", requested.tsize);
  add("timeout", requested.timeoutSeconds);
  return options;
}

/**
 * The server's answer to the options of a request. RFC 2347: only requested options, in the same
 * order and spelling; if an option comes twice, the first valid one counts. An invalid value is
 * left out, and never a reason to refuse the request. With an empty `granted`, no OACK is sent.
 *
 * ```ts
 * import { grant, Opcode } from "@tftp/tftp/protocol";
 *
 * const options = [{ name: "BLKSIZE", value: "9000" }, { name: "unheard-of", value: "1" }];
 * const request = { opcode: Opcode.RRQ, filename: "kernel", mode: "octet", options };
 * const limits = { maxBlksize: 1428, maxWindowsize: 32, grantTimeout: false };
 * const { granted } = grant(request, limits);
 * const text = granted.map(({ name, value }) => `${name}=${value}`).join();
 * if (text !== "BLKSIZE=1428") throw new Error(text);
 * ```
 */
export function grant(request: RequestPacket, limits: Limits): Agreement {
  const settled: Settled[] = [];
  for (const option of request.options) {
    const row = rowOf(option.name);
    const asked = readNumber(option.value);
    if (!row || asked === undefined || find(settled, row.means)) continue;
    const value = row.grant(asked, limits, request);
    if (value !== undefined) settled.push({ name: option.name, row, value });
  }
  const window = find(settled, "windowsize");
  if (window) {
    const blksize = find(settled, "blksize")?.value ?? DEFAULT_BLKSIZE;
    const { receiveBufferBytes, windowShare = 1 } = limits;
    const room = Math.floor(maxWindowsizeFor(blksize, receiveBufferBytes) * windowShare);
    window.value = Math.min(window.value, Math.max(1, room));
  }
  return agreementOf(settled);
}

/**
 * What a client makes of an OACK to its offer. Throws {@linkcode ProtocolError} that names the
 * option that was not requested or has a value that was not offered (RFC 2347: the client then
 * answers with ERROR 8). An option that the server left out has the default of its RFC.
 *
 * ```ts
 * import { confirm, ProtocolError } from "@tftp/tftp/protocol";
 *
 * const offered = [{ name: "blksize", value: "1428" }];
 * if (confirm(offered, [{ name: "blksize", value: "1024" }]).blksize !== 1024) throw new Error();
 * let error: unknown;
 * try {
 *   confirm(offered, [{ name: "blksize", value: "9000" }]);
 * } catch (thrown) {
 *   error = thrown;
 * }
 * if (!(error instanceof ProtocolError)) throw new Error("more than was asked for");
 * ```
 */
export function confirm(offered: readonly Option[], answered: readonly Option[]): Agreement {
  const settled: Settled[] = [];
  for (const option of answered) {
    const row = rowOf(option.name);
    const wanted = offered.find((o) => o.name.toLowerCase() === option.name.toLowerCase());
    if (!row || !wanted) {
      throw new ProtocolError(`Server granted option "${option.name}" that was not asked for`);
    }
    if (find(settled, row.means)) {
      throw new ProtocolError(`Server answered option "${wanted.name}" twice`);
    }
    const value = readNumber(option.value);
    if (value === undefined || !row.accepts(value, Number(wanted.value))) {
      throw new ProtocolError(
        `Server answered ${wanted.name}=${wanted.value} with "${option.name}=${option.value}"`,
      );
    }
    settled.push({ name: option.name, row, value });
  }
  return agreementOf(settled);
}

function rowOf(name: string): OptionRow | undefined {
  const key = name.toLowerCase();
  return Object.hasOwn(OPTIONS, key) ? OPTIONS[key] : undefined;
}

/** RFC 2347 values are decimal digits in text; up to 15 of them stay exact. */
function readNumber(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** An option that both sides agree on. */
interface Settled {
  readonly name: string;
  readonly row: OptionRow;
  value: number;
}

function find(settled: readonly Settled[], means: Meaning): Settled | undefined {
  return settled.find(({ row }) => row.means === means);
}

function agreementOf(settled: readonly Settled[]): Agreement {
  if (settled.length === 0) return PLAIN_AGREEMENT;
  const granted = settled.map(({ name, value }) => ({ name, value: String(value) }));
  const agreement = { ...PLAIN_AGREEMENT, granted };
  const values: Partial<Record<Meaning, number>> = agreement;
  for (const { row, value } of settled) values[row.means] = value * (row.unit ?? 1);
  return agreement;
}
