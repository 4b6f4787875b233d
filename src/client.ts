/**
 * The client: one file from a server or to it. It asks for options that are safe on any network,
 * and once more without them when a server does not answer to that.
 */

import {
  type Address,
  CancelledError,
  DEFAULT_TIMING,
  encodePacket,
  ErrorCode,
  errorSentence,
  MAX_SENT_REQUEST_BYTES,
  offer,
  Opcode,
  type Option,
  PeerSilentError,
  refusesOptions,
  Request,
  type RequestPacket,
  TidGate,
} from "./protocol/mod.ts";
import type { ClientOptions, Summary } from "./client/client_options.ts";
import { SystemClock } from "./runtime/clock.ts";
import { abandonAfter, Drive, type Outcome, type Sink, type Source } from "./runtime/drive.ts";
import { bindUdp, type Endpoint, formatAddress, udpAddress } from "./runtime/endpoint.ts";
import { NetasciiSink } from "./runtime/file_sink.ts";
import { NetasciiSource } from "./runtime/file_source.ts";
import { resolveHost, withZoneOf } from "./runtime/resolve.ts";

export type { ClientOptions, Summary };

/** The well-known port (RFC 1350 §4). */
export const DEFAULT_PORT = 69;

/** Fits every path that carries 1500 bytes or a tunnel's little less, IPv6 included. */
export const CLIENT_BLKSIZE = 1428;

/** Half of what a default receive buffer holds at {@linkcode CLIENT_BLKSIZE}. */
export const CLIENT_WINDOWSIZE = 32;

/** Repeats of a request with options before it is asked without: about three seconds. */
const OPTIONED_RETRIES = 1;

/**
 * How long a client stays to repeat its last ACK; after a transfer without a loss, hardly at all.
 */
const DALLY = { dallyMs: 2000, cleanDallyMs: 25 };

/**
 * Fetches a file. The sink is committed when the file is whole and abandoned otherwise.
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
  const mode = options.mode ?? "octet";
  const tsize = mode === "octet" ? 0 : undefined;
  const target = mode === "octet" ? sink : new NetasciiSink(sink);
  try {
    return await transfer(Opcode.RRQ, filename, { sink: target, tsize }, options);
  } catch (error) {
    throw abandonAfter(error as Error, sink);
  }
}

/** Sends a file under a name; the source is closed in the end. Throws as {@linkcode get} does. */
export async function put(
  filename: string,
  source: Source,
  options: ClientOptions,
): Promise<Summary> {
  const origin = (options.mode ?? "octet") === "octet" ? source : new NetasciiSource(source);
  try {
    return await transfer(Opcode.WRQ, filename, { source: origin, tsize: origin.size }, options);
  } finally {
    source.close();
  }
}

/** What a transfer moves: one of source and sink, and the value of the `tsize` option. */
interface Cargo {
  readonly source?: Source;
  readonly sink?: Sink;
  readonly tsize: number | undefined;
}

type RequestOpcode = typeof Opcode.RRQ | typeof Opcode.WRQ;

async function transfer(
  opcode: RequestOpcode,
  filename: string,
  cargo: Cargo,
  options: ClientOptions,
): Promise<Summary> {
  const plain: RequestPacket = { opcode, filename, mode: options.mode ?? "octet", options: [] };
  const optioned = { ...plain, options: options.plain ? [] : wishes(options, cargo.tsize) };
  mustFit(optioned);
  const hostname = await resolveHost(options.host, options.family);
  const asked = udpAddress(hostname, options.port ?? DEFAULT_PORT);
  if (optioned.options.length > 0) {
    const first = new Attempt(optioned, asked, options);
    try {
      return await first.run(cargo);
    } catch (error) {
      if (!refusesOptions(error, first.answered)) throw error;
    }
  }
  const summary = await new Attempt(plain, asked, options).run(cargo);
  return { ...summary, fellBack: optioned.options.length > 0 };
}

/** One request and what becomes of it, on a socket of its own. */
class Attempt {
  readonly #packet: RequestPacket;
  readonly #options: ClientOptions;
  readonly #machine: Request;
  readonly #gate: TidGate;

  constructor(packet: RequestPacket, asked: Address, options: ClientOptions) {
    const timing = {
      ...DEFAULT_TIMING,
      firstMs: options.timeoutMs ?? DEFAULT_TIMING.firstMs,
      retries: options.retries ?? DEFAULT_TIMING.retries,
    };
    const patience = packet.options.length > 0 ? OPTIONED_RETRIES : timing.retries;
    this.#packet = packet;
    this.#options = options;
    this.#machine = new Request(packet, {
      timing,
      openingRetries: Math.min(patience, timing.retries),
      ...DALLY,
    });
    this.#gate = new TidGate(asked);
  }

  /** Whether the server has answered with anything but an ERROR. */
  get answered(): boolean {
    return this.#machine.answered;
  }

  async run(cargo: Cargo): Promise<Summary> {
    const { signal, onProgress } = this.#options;
    if (signal?.aborted) throw new CancelledError("Interrupted");
    const { peer } = this.#gate;
    const endpoint = bindUdp(peer.hostname.includes(":") ? "::" : "0.0.0.0", 0);
    const clock = new SystemClock();
    const drive = new Drive({ machine: this.#machine, endpoint, clock, peer, ...cargo });
    const interrupt = () => void drive.cancel("Interrupted");
    const progress = { tick: () => onProgress?.(this.#machine.bytes, this.#size(cargo)) };
    signal?.addEventListener("abort", interrupt);
    if (onProgress) clock.add(progress);
    const listening = this.#listen(endpoint, drive);
    const dallied = drive.ended.then(() => endpoint.close()).then(() => listening);
    try {
      await drive.start();
      const outcome = await drive.outcome;
      if (outcome.error) throw this.#explain(outcome.error);
      return this.#summary(outcome, drive.peer, dallied);
    } finally {
      clock.remove(progress);
      signal?.removeEventListener("abort", interrupt);
    }
  }

  /** The one receive loop of the socket: what the gate admits is the transfer's. */
  async #listen(endpoint: Endpoint, drive: Drive): Promise<void> {
    for (;;) {
      let received;
      try {
        received = await endpoint.receive();
      } catch {
        // Closed at the end, or broken: then the deadline ends the transfer with a clear error.
        return;
      }
      const [bytes, sender] = received;
      const from = withZoneOf(this.#gate.peer, sender);
      if (!this.#gate.admits(from)) {
        await this.#tellStranger(endpoint, bytes, from);
        continue;
      }
      if (!this.#machine.answered) drive.peer = from;
      await drive.deliver(bytes);
      // RFC 1350 §4: the first valid answer tells the server's TID.
      if (this.#machine.answered) this.#gate.pin(from);
      else drive.peer = this.#gate.peer;
    }
  }

  /** RFC 1350 §4: a stranger gets ERROR 5, the transfer goes on; an ERROR is never answered. */
  async #tellStranger(endpoint: Endpoint, bytes: Uint8Array, from: Address): Promise<void> {
    if (bytes[1] === Opcode.ERROR || !this.#gate.answersStranger()) return;
    const message = errorSentence(ErrorCode.UnknownTid);
    const packet = { opcode: Opcode.ERROR, code: ErrorCode.UnknownTid, message };
    await endpoint.send(encodePacket(packet), from).catch(() => {});
  }

  #size(cargo: Cargo): number | undefined {
    return cargo.source ? cargo.source.size : this.#machine.agreement?.tsize;
  }

  #explain(error: Error): Error {
    const { stranger } = this.#gate;
    if (error instanceof PeerSilentError && stranger) {
      error.message += ` (but ${formatAddress(stranger)}, which was not asked, sent something)`;
    }
    return error;
  }

  #summary(outcome: Outcome, peer: Address, dallied: Promise<void>): Summary {
    const { bytes, retransmits, agreement } = this.#machine;
    return {
      direction: this.#packet.opcode === Opcode.RRQ ? "get" : "put",
      filename: this.#packet.filename,
      // The gate is pinned when the answer is obeyed, which may be after the end.
      peer: formatAddress(peer),
      bytes,
      elapsedMs: outcome.elapsedMs,
      agreement: agreement!,
      retransmits,
      fellBack: false,
      dallied,
      ...(outcome.note === undefined ? {} : { note: outcome.note }),
    };
  }
}

function wishes(options: ClientOptions, tsize: number | undefined): Option[] {
  const seconds = Math.min(255, Math.max(1, Math.round((options.timeoutMs ?? 1000) / 1000)));
  return offer({
    blksize: options.blksize ?? CLIENT_BLKSIZE,
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
