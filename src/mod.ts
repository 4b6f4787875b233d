/**
 * TFTP for Deno: a client and a server.
 *
 * @module
 */

export {
  CLIENT_BLKSIZE,
  CLIENT_WINDOWSIZE,
  type ClientOptions,
  DEFAULT_PORT,
  get,
  put,
  type Summary,
} from "./client.ts";
export {
  MAX_TRANSFERS,
  serve,
  type ServeOptions,
  type Server,
  type ServerStatus,
} from "./server.ts";
export { type AccessRules, OPEN_ACCESS } from "./server/access_list.ts";
export { type Cidr, parseCidr } from "./server/cidr.ts";
export type { PortRange } from "./server/listen.ts";
export type {
  LogRecord,
  RefusalRecord,
  TransferRecord,
  TransferResult,
} from "./server/log_record.ts";
export { MapFile } from "./server/map_file.ts";
export { IDLE_TIMEOUT_MS, type ServePolicy, type UploadPolicy } from "./server/policy.ts";
export {
  type Agreement,
  CancelledError,
  ErrorCode,
  errorSentence,
  type Mode,
  type Option,
  parseTftpUri,
  PeerSilentError,
  ProtocolError,
  TftpError,
  type TftpUri,
} from "./protocol/mod.ts";
export type { Sink, Source } from "./runtime/drive.ts";
export { LocalFileError, NetworkError } from "./runtime/errors.ts";
export { type FileSinkOptions, openFileSink, stdoutSink } from "./runtime/file_sink.ts";
export { openFileSource, stdinSource } from "./runtime/file_source.ts";
