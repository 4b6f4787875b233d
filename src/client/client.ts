/**
 * The client: gets one file from a server or puts one to it. It asks for options that are safe on
 * any network, and once more without them when a server does not answer.
 */

import {
  type Address,
  CancelledError,
  encodePacket,
  MAX_SENT_REQUEST_BYTES,
  offer,
  Opcode,
  type Option,
  PeerSilentError,
  refusesOptions,
  type RequestPacket,
} from "../protocol/mod.ts";
import { formatAddress, udpAddress } from "../engine/address.ts";
import { abandonAfter, type Sink, type Source } from "../engine/source_sink.ts";
import { NetworkError } from "../engine/errors.ts";
import { NetasciiSink, NetasciiSource } from "../engine/netascii_files.ts";
import type { Network } from "../engine/network.ts";
import { ReplaySource } from "../files/checked_source.ts";
import { DenoNetwork } from "../net/deno/deno_network.ts";
import { isAddress, resolveHost } from "../net/resolve.ts";
import { Attempt, type AttemptSettings, type Ends } from "./attempt.ts";
import { BlksizeError, PROBE_MS, sizesFrom } from "./blksize_probe.ts";
import type { ClientOptions, Summary } from "./client_options.ts";
import { familyOf } from "./local_end.ts";
import { ServerMemory } from "./server_memory.ts";

export type { ClientOptions, Step, Summary } from "./client_options.ts";
export { ServerMemory } from "./server_memory.ts";

/**
 * The well-known port (RFC 1350 §4).
 *
 * ```ts
 * import { DEFAULT_PORT, parseTftpUri } from "@tftp/tftp";
 *
 * const { port = DEFAULT_PORT } = parseTftpUri("tftp://192.0.2.1/motd");
 * if (port !== 69) throw new Error(`${port}`);
 * ```
 */
export const DEFAULT_PORT = 69;

/**
 * Fits every path that carries 1500 bytes, or a little less in a tunnel, IPv6 included.
 *
 * ```ts
 * import { CLIENT_BLKSIZE } from "@tftp/tftp";
 *
 * // The headers of IPv6, UDP and DATA; a tunnel of 1480 bytes carries the whole.
 * const datagram = 40 + 8 + 4 + CLIENT_BLKSIZE;
 * if (datagram > 1480) throw new Error(`${datagram} bytes`);
 * ```
 */
export const CLIENT_BLKSIZE = 1428;

/**
 * Half of what a default receive buffer holds at {@linkcode CLIENT_BLKSIZE}.
 *
 * ```ts
 * import { CLIENT_BLKSIZE, CLIENT_WINDOWSIZE } from "@tftp/tftp";
 * import { maxWindowsizeFor } from "@tftp/tftp/protocol";
 *
 * const most = maxWindowsizeFor(CLIENT_BLKSIZE);
 * if (2 * CLIENT_WINDOWSIZE > most) throw new Error(`${most} blocks fit into the buffer`);
 * ```
 */
export const CLIENT_WINDOWSIZE = 32;

/**
 * Fetches a file. The sink is committed when the file is complete and abandoned otherwise; a file
 * whose size is not the announced one is not complete.
 *
 * Throws a {@linkcode TftpError} for a server's ERROR, {@linkcode PeerSilentError},
 * {@linkcode ProtocolError}, `NetworkError`, `LocalFileError`, {@linkcode CancelledError}, and a
 * `RangeError` for a name that does not fit into a request.
 */
export async function get(
  filename: string,
  sink: Sink,
  options: ClientOptions,
): Promise<Summary> {
  const octet = (options.mode ?? "octet") === "octet";
  const ends = { sink: octet ? sink : new NetasciiSink(sink) };
  try {
    const transfer = new Transfer(Opcode.RRQ, filename, options);
    return await transfer.run(ends, octet ? 0 : undefined);
  } catch (error) {
    throw abandonAfter(error as Error, sink);
  }
}

/** Sends a file under a name; the source is closed at the end. Throws as {@linkcode get} does. */
export async function put(
  filename: string,
  source: Source,
  options: ClientOptions,
): Promise<Summary> {
  const octet = (options.mode ?? "octet") === "octet";
  const origin = octet ? source : new NetasciiSource(source);
  try {
    const transfer = new Transfer(Opcode.WRQ, filename, options);
    return await transfer.run({ source: origin }, origin.size);
  } finally {
    source.close();
  }
}

/** One file, and the requests until a server agrees. */
class Transfer {
  readonly #plain: RequestPacket;
  readonly #options: ClientOptions;
  readonly #memory: ServerMemory;
  readonly #network: Network;

  constructor(
    opcode: RequestPacket["opcode"],
    filename: string,
    options: ClientOptions,
  ) {
    this.#plain = { opcode, filename, mode: options.mode ?? "octet", options: [] };
    this.#options = options;
    this.#memory = options.memory ?? new ServerMemory();
    this.#network = options.network ?? new DenoNetwork();
  }

  /** `tsize` is the value of that option, undefined where it can't be known. */
  async run(ends: Ends, tsize: number | undefined): Promise<Summary> {
    const { host, port = DEFAULT_PORT, blksize } = this.#options;
    mustFit(this.#optioned(blksize === "auto" ? 65464 : blksize, tsize));
    const hostname = await this.#resolve(host);
    const asked = udpAddress(hostname, port);
    if (this.#options.plain) return await this.#attempt(this.#plain, asked, ends);
    if (!this.#memory.isPlain(asked)) {
      try {
        return await (blksize === "auto"
          ? this.#probe(asked, ends, tsize)
          : this.#attempt(this.#optioned(blksize, tsize), asked, ends));
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        this.#options.onStep?.({ kind: "fall back", reason: error.reason });
      }
    }
    const summary = await this.#attempt(this.#plain, asked, ends, { fallback: true });
    this.#memory.notePlain(asked);
    return { ...summary, fellBack: true };
  }

  /** The address of the host. Without a network, a resolver takes seconds. */
  async #resolve(host: string): Promise<string> {
    const { signal } = this.#options;
    if (signal === undefined || isAddress(host)) return await this.#lookUp(host);
    const { untilAborted } = await import("../files/aborted.ts");
    return await untilAborted(this.#lookUp(host), signal);
  }

  /** The address, in the family that the user or the local address requires. */
  async #lookUp(host: string): Promise<string> {
    const { family, from } = this.#options;
    const chosen = familyOf(from);
    if (from === undefined || family !== undefined) return await resolveHost(host, family);
    try {
      return await resolveHost(host, chosen);
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      throw new NetworkError(
        `"${host}" has no IPv${chosen} address, and ${from} reaches no other: change --from`,
      );
    }
  }

  /** Tries block sizes from the largest down, until blocks get through. */
  async #probe(asked: Address, ends: Ends, tsize: number | undefined): Promise<Summary> {
    const source = ends.source && new ReplaySource(ends.source);
    const replayable = source ? { source } : ends;
    let sizes = sizesFrom(this.#memory.blksizeOf(asked));
    for (;;) {
      const [blksize, ...smaller] = sizes;
      try {
        const packet = this.#optioned(blksize, tsize);
        const summary = await this.#attempt(packet, asked, replayable, {
          probing: smaller.length > 0,
        });
        this.#memory.noteBlksize(asked, summary.agreement.blksize);
        return summary;
      } catch (error) {
        if (!(error instanceof BlksizeError)) throw error;
        sizes = smaller.filter((size) => size < error.blksize);
        if (sizes.length === 0 || source?.rewind() === false) {
          throw new PeerSilentError(ends.sink ? "data" : "ACK", PROBE_MS, true);
        }
        this.#options.onStep?.({ kind: "shrink", blksize: sizes[0]! });
      }
    }
  }

  async #attempt(
    packet: RequestPacket,
    asked: Address,
    ends: Ends,
    how: Pick<AttemptSettings, "probing" | "fallback"> = {},
  ): Promise<Summary> {
    const { onStep, waitMs } = this.#options;
    onStep?.({ kind: "ask", peer: formatAddress(asked), options: packet.options });
    const { signal, ...options } = this.#options;
    if (signal?.aborted) throw new CancelledError("Interrupted");
    const dallied = Promise.withResolvers<void>();
    const outcome = Promise.withResolvers<Summary>();
    const attempt = new Attempt(packet, asked, {
      ...options,
      ...{ ends, ...how, network: this.#network },
      whole: (summary) => outcome.resolve({ ...summary, dallied: dallied.promise }),
      // The next attempt may need the same local port.
      failed: (error) => void dallied.promise.then(() => outcome.reject(error)),
      ended: () => dallied.resolve(),
    });
    const interrupt = () => attempt.cancel("Interrupted");
    signal?.addEventListener("abort", interrupt);
    try {
      attempt.start();
      return await outcome.promise;
    } catch (error) {
      const refused = packet.options.length > 0 && refusesOptions(error, attempt.answered) &&
        // A client that has waited for a server to appear does not wait for it again.
        !(waitMs !== undefined && error instanceof PeerSilentError);
      throw refused ? new Refusal(error as Error) : error;
    } finally {
      signal?.removeEventListener("abort", interrupt);
    }
  }

  #optioned(blksize: number | undefined, tsize: number | undefined): RequestPacket {
    if (this.#options.plain) return this.#plain;
    const { opcode } = this.#plain;
    // Received windows must fit our receive buffer; sent ones fit one that is not known here.
    const buffer = opcode === Opcode.RRQ
      ? { receiveBufferBytes: this.#network.receiveBufferBytes }
      : {};
    const wanted = { blksize: blksize ?? CLIENT_BLKSIZE, tsize, ...buffer };
    return { ...this.#plain, options: wantedOptions(this.#options, wanted) };
  }
}

/** A request with options was refused, or not answered. */
class Refusal extends Error {
  readonly reason: Error;

  constructor(reason: Error) {
    super(reason.message);
    this.reason = reason;
  }
}

function wantedOptions(
  options: ClientOptions,
  { tsize, ...wanted }: {
    blksize: number;
    tsize: number | undefined;
    receiveBufferBytes?: number;
  },
): Option[] {
  const seconds = Math.min(255, Math.max(1, Math.round((options.timeoutMs ?? 1000) / 1000)));
  return offer({
    ...wanted,
    windowsize: options.windowsize ?? CLIENT_WINDOWSIZE,
    ...(tsize === undefined ? {} : { tsize }),
    ...(options.timeoutOption ? { timeoutSeconds: seconds } : {}),
  });
}

/** RFC 2347: a request is at most 512 octets. */
function mustFit(packet: RequestPacket): void {
  if (packet.filename.includes("\0")) throw new RangeError("A filename can't hold a NUL");
  const { length } = encodePacket(packet);
  if (length <= MAX_SENT_REQUEST_BYTES) return;
  throw new RangeError(
    `The filename is too long: its request has ${length} bytes, and RFC 2347 allows ` +
      `${MAX_SENT_REQUEST_BYTES}`,
  );
}
