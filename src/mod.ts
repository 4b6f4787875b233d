/**
 * TFTP for Deno: a client and a server.
 *
 * {@linkcode serve} takes a folder, or a handler: a function from a request to bytes, a stream, a
 * `Response`, a file of a {@linkcode folder}, or a {@linkcode refusal}. {@linkcode get} gives a
 * stream or writes to a {@linkcode Sink}, and {@linkcode put} takes what can be a file.
 *
 * UDP is an unstable part of Deno: `"unstable": ["net"]` in deno.json, or `--unstable-net`,
 * switches it on. A server that reads a folder and a client that writes a file need `--allow-net`,
 * `--allow-read` and `--allow-write`; a handler needs what it does.
 *
 * A server of a folder, and a file fetched from it:
 *
 * ```ts
 * import { get, openFileSink, serve } from "@tftp/tftp";
 *
 * const root = await Deno.makeTempDir();
 * await Deno.writeTextFile(`${root}/motd`, "welcome");
 * const server = serve({ root, port: 0, addresses: ["127.0.0.1"] });
 *
 * const sink = openFileSink(`${root}/copy`, { overwrite: false });
 * const summary = await get("motd", sink, { host: "127.0.0.1", port: server.addresses[0]!.port });
 * // Until then a last ACK that was lost is repeated.
 * await summary.dallied;
 * await server.shutdown();
 *
 * if (summary.bytes !== 7) throw new Error(`${summary.bytes} bytes came`);
 * await Deno.remove(root, { recursive: true });
 * ```
 *
 * What goes wrong has a class: {@linkcode TftpError} carries an ERROR packet, the server's or ours.
 *
 * ```ts
 * import { get, serve, stdoutSink, TftpError } from "@tftp/tftp";
 *
 * const root = await Deno.makeTempDir();
 * const server = serve({ root, port: 0, addresses: ["127.0.0.1"] });
 * const { port } = server.addresses[0]!;
 * try {
 *   await get("missing", stdoutSink(), { host: "127.0.0.1", port });
 * } catch (error) {
 *   if (!(error instanceof TftpError && error.code === 1)) throw error;
 * }
 * await server.shutdown();
 * await Deno.remove(root);
 * ```
 *
 * @module
 */

export {
  CLIENT_BLKSIZE,
  CLIENT_WINDOWSIZE,
  type ClientOptions,
  DEFAULT_PORT,
  ServerMemory,
  type Step,
  type Summary,
} from "./client/client.ts";
export type { FileContent, SizedStream } from "./library/content.ts";
export type { EventStream } from "./library/event_stream.ts";
export {
  firstOf,
  folder,
  refusal,
  type ServeAnswer,
  type ServeHandler,
  type ServeRequest,
} from "./library/handlers.ts";
export { serve, type ServeOptions, type Server } from "./library/serve.ts";
export { type Download, get, put } from "./library/transfers.ts";
export { MAX_TRANSFERS, type ServerStatus } from "./server/server.ts";
export { type AccessRules, OPEN_ACCESS } from "./server/access_list.ts";
export { type AddressBytes, type Cidr, parseCidr } from "./server/cidr.ts";
export type { ListenOptions, PortRange } from "./server/listen.ts";
export type {
  LogRecord,
  RefusalRecord,
  TransferRecord,
  TransferResult,
} from "./server/log_record.ts";
export type { LogFields } from "./server/log_fields.ts";
export { MapFile } from "./server/map_file.ts";
export type { MapRequest } from "./server/map_rule.ts";
export type { Moved, RunningTransfer } from "./server/sampler.ts";
export { IDLE_TIMEOUT_MS, type ServePolicy, type UploadPolicy } from "./server/policy.ts";
export {
  type Address,
  type Agreement,
  CancelledError,
  ErrorCode,
  errorSentence,
  type Mode,
  type Option,
  parseTftpUri,
  PeerSilentError,
  ProtocolError,
  type Rollover,
  TftpError,
  type TftpUri,
} from "./protocol/mod.ts";
export { HashingSink, SniffedSink } from "./files/checked_sink.ts";
export { HashingSource } from "./files/checked_source.ts";
export type { Sink, Source } from "./engine/source_sink.ts";
export type { FileRequest, Handler, Naming, Opened, Writing } from "./engine/handler.ts";
export type {
  BindOptions,
  Blocks,
  DatagramHandler,
  MappedBytes,
  Network,
  Peer,
  Socket,
} from "./engine/network.ts";
export type { Clock, Ticking } from "./engine/clock.ts";
export { DenoNetwork } from "./net/deno/deno_network.ts";
export { ChecksumError, LocalFileError, NetworkError } from "./engine/errors.ts";
export type { FaultSpec } from "./instruments/fault_plan.ts";
export { FaultyNetwork } from "./instruments/faulty_network.ts";
export { type FileSinkOptions, openFileSink, stdoutSink } from "./files/file_sink.ts";
export { openFileSource, stdinSource } from "./files/file_source.ts";
export { PcapFile } from "./instruments/pcap_file.ts";
export { type Datagram, type Tap, TappedNetwork } from "./instruments/tapped_network.ts";
export type { ClientRow } from "./watch/client_table.ts";
export type { Result } from "./watch/counters.ts";
export type { Happened, HistoryLists } from "./watch/history.ts";
export type {
  About,
  BegunMessage,
  DirectionTotals,
  EndedMessage,
  EndedTransfer,
  HistoryDocument,
  NowFigures,
  Progress,
  ProgressMessage,
  RunningRow,
  StatusDocument,
  Totals,
} from "./watch/status.ts";
